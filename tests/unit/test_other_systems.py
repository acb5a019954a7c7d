"""What is meant for Windows and macOS, as far as it can be tested without them."""

import ctypes
import plistlib
import socket
from pathlib import Path
from typing import Any

from PySide6.QtGui import QColor, QImage

from backend.core.job_objects import KILL_ON_JOB_CLOSE, BasicLimits, ExtendedLimits, end_children_with_us, limits
from backend.core.listening import listening_at, word_for
from tests.helpers.freezing.platforms import property_list, write_icon, write_version
from tests.helpers.tree import ROOT

DRAWING = ROOT / "resources" / "icons" / "deskhand.svg"


def test_windows_icon_is_the_drawing(tmp_path: Path) -> None:
    target = tmp_path / "deskhand.ico"
    write_icon(DRAWING, target)
    assert target.read_bytes().startswith(b"\x00\x00\x01\x00")
    picture = QImage(str(target))
    assert picture.width() == 256
    assert picture.pixelColor(0, 0) == QColor(0, 0, 0, 0)
    assert picture.pixelColor(40, 128).alpha() == 255


def test_macos_icon_says_its_own_length(tmp_path: Path) -> None:
    target = tmp_path / "deskhand.icns"
    write_icon(DRAWING, target)
    written = target.read_bytes()
    assert written.startswith(b"icns")
    assert int.from_bytes(written[4:8], "big") == len(written)


def test_the_version_resource_is_what_pyinstaller_reads(tmp_path: Path) -> None:
    target = tmp_path / "version.txt"
    write_version("1.2.3", target)
    said: dict[str, Any] = {}

    def named(name: str) -> Any:
        return lambda *parts, **fields: said.setdefault(name, []).append((parts, fields))

    names = (
        "VSVersionInfo",
        "FixedFileInfo",
        "StringFileInfo",
        "StringTable",
        "StringStruct",
        "VarFileInfo",
        "VarStruct",
    )
    eval(target.read_text("utf-8"), {name: named(name) for name in names})
    assert said["FixedFileInfo"][0][1]["filevers"] == (1, 2, 3, 0)
    assert (("ProductVersion", "1.2.3"), {}) in said["StringStruct"]
    assert said["StringTable"][0][0][0] == "040904b0"
    assert said["VarStruct"][0][0] == ("Translation", [0x0409, 1200])


def test_the_property_list_can_be_written_and_names_what_is_opened() -> None:
    read = plistlib.loads(plistlib.dumps(property_list("1.2.3")))
    assert read["CFBundleShortVersionString"] == "1.2.3"
    kinds = [kind for entry in read["CFBundleDocumentTypes"] for kind in entry["LSItemContentTypes"]]
    assert "public.comma-separated-values-text" in kinds


def test_what_is_asked_of_a_job_object_has_the_layout_of_winnt_h() -> None:
    assert (ctypes.sizeof(BasicLimits), ctypes.sizeof(ExtendedLimits)) == (64, 144)
    assert BasicLimits.LimitFlags.offset == 16
    assert ExtendedLimits.IoInfo.offset == 64
    assert limits().BasicLimitInformation.LimitFlags == KILL_ON_JOB_CLOSE


def test_where_there_are_no_job_objects_nothing_is_asked_for() -> None:
    end_children_with_us()


def test_where_a_socket_cannot_be_handed_over_the_api_listens_on_the_same_port() -> None:
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        word = word_for(first, port, handed_over=False)
    with listening_at(word) as second, socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
        assert second.getsockname() == ("127.0.0.1", port)
        line, caller_there = second.accept()
        line.close()
        assert caller_there == caller.getsockname()
