"""All of Qt: the window, its pages and its theme.

What PySide does to Python's `import` is taken back here: it reads the source of each module that is imported after
it, to know whether that asks for a `__feature__` of Qt for Python. Nothing here does, and the window is painted sooner.
"""

import builtins

import PySide6

assert PySide6 is not None
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
