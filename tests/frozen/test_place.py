"""The double-click program writes into its user's folders only, and nothing beside itself."""

from pathlib import Path

from tests.helpers.person import Person
from tests.helpers.running_host import HostClient


def tree_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder, with its size and when it was changed."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


def test_nothing_is_written_beside_the_program(user: Person, program: Path) -> None:
    beside = program.parent.parent
    before = tree_of(beside)
    user.start()
    assert HostClient(user.data).is_ready()
    user.finds("Report from a table")
    user.quits()
    assert user.is_gone() == 0
    assert tree_of(beside) == before
    assert (user.data / "deskhand.sqlite3").is_file()
    home = user.data.parents[2]
    assert {path.name for path in home.iterdir()} <= {".local", ".config", ".cache"}
