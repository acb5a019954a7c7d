"""The Debian packages that the program and its tests need, in groups."""

GROUPS: dict[str, tuple[str, ...]] = {
    "venv": ("python3-venv",),
    "run": (
        "ca-certificates",
        "fonts-dejavu-core",
        "libdbus-1-3",
        "libegl1",
        "libfontconfig1",
        "libgl1",
        "libglib2.0-0",
        "libxcb-cursor0",
        "libxcb-icccm4",
        "libxcb-keysyms1",
        "libxcb-shape0",
        "libxkbcommon-x11-0",
    ),
    "display": ("xvfb",),
    "test": (
        "at-spi2-core",
        "chromium",
        "dbus",
        "libglib2.0-bin",
        "openbox",
        "p7zip-full",
        "poppler-utils",
        "restic",
        "scrot",
        "unzip",
        "xauth",
        "xdotool",
        "zstd",
    ),
    "freeze": (
        "binutils",
        "icu-devtools",
    ),
    "package": (
        "dpkg",
        "zstd",
    ),
    "services": (
        "dovecot-imapd",
        "postfix",
        "postgresql",
    ),
}
"""`services` would be started by Debian as soon as they are installed; the tests start their own, privately."""


def of_groups(*names: str) -> list[str]:
    """The packages of these groups, each once, in order of the alphabet."""
    return sorted({package for name in names for package in GROUPS[name]})
