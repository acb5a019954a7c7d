"""`python -m tests.helpers.bare_root.entering ROOT PLACES PROGRAM [ARGUMENT ...]`: becomes a program in a bare root.

To be started by `unshare` with mounts and a network of its own (see `command`): there is loopback there, and nothing
else. PLACES, separated by colons, are seen there, too, as is `/proc`; each is a folder or a socket, and may be given
another place there after a `>`.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def command(root: Path, seen: Mapping[Path, str], *program: str) -> list[str]:
    """What runs the program in the root. Its process keeps its number, and is seen from outside as any other.

    `seen` holds what is shown there besides, and where. Needs to be root, or user namespaces that users may make.
    """
    rights = () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
    places = ":".join(f"{path}>{place}" for path, place in seen.items())
    module = (sys.executable, "-m", "tests.helpers.bare_root.entering")
    return ["unshare", *rights, "--mount", "--net", *module, str(root), places, *program]


def main(root: str, places: str, *program: str) -> None:
    """Does not return."""
    _bring_loopback_up()
    for line in ("/proc", *places.split(":")):
        path, _, place = line.partition(">")
        _show(Path(path), Path(root + (place or path)))
    for name in ("null", "zero", "full", "random", "urandom"):
        _show(Path("/dev") / name, Path(root) / "dev" / name)
    shared = Path(root) / "dev" / "shm"
    shared.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "shared", str(shared)], check=True)
    os.chroot(root)
    os.chdir("/")
    os.execv(program[0], program)


def _show(path: Path, there: Path) -> None:
    if path.is_dir():
        there.mkdir(parents=True, exist_ok=True)
    else:
        there.parent.mkdir(parents=True, exist_ok=True)
        there.touch()
    subprocess.run(["mount", "--rbind", str(path), str(there)], check=True)


def _bring_loopback_up() -> None:
    """As `ip link set lo up` does (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        fcntl.ioctl(line, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


if __name__ == "__main__":
    main(*sys.argv[1:])
