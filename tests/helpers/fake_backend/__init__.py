"""A small real server that speaks the API with made-up jobs: for working on the window, and for its tests.

python -m tests.helpers.fake_backend DATA_DIR [--jobs 40] [--rate 20] [--lines 300]
"""

from tests.helpers.fake_backend.serving import FakeBackend

__all__ = ["FakeBackend"]
