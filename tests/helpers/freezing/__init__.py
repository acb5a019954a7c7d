"""Building the double-click program: slimming, licences, packages. Used by `pyinstaller.spec` and by `make`."""
