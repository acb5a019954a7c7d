"""Backups in restic's published repository format, version 2, written and read in process.

Source of the format: restic's design document ("References: Design" of its manual). Any stock restic opens,
checks, restores and goes on in what this package writes, and this package does so in what restic wrote.

Nothing is imported here: the parts load cryptography and zstandard, so job types import them where they are used.
`repository` opens; `backup`, `restore`, `verify`, `keep`, `prune` and `browse` work on what it returned.
"""
