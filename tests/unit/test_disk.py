"""Logs of the parts do not grow for ever."""

from pathlib import Path

from backend.core.disk import LARGEST_LOG, put_large_aside


def test_a_log_that_has_grown_large_is_put_aside_in_place_of_the_earlier_one(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    assert put_large_aside(log) == log
    log.write_bytes(b"x" * LARGEST_LOG)
    put_large_aside(log)
    assert log.exists()
    for text in (b"first", b"second"):
        log.write_bytes(text + b"x" * LARGEST_LOG)
        put_large_aside(log)
        assert not log.exists()
    assert (tmp_path / "api.log.old").read_bytes().startswith(b"second")
