"""Finding what is to go from a folder, and taking it away so that it can be brought back.

Three rules hold throughout: nothing outside the folder is touched, no link is followed, and nothing is taken that
is not exactly as it was when it was listed.
"""
