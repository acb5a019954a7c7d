"""Sizes, numbers and names as people read them."""


def size(amount: float) -> str:
    """An amount of bytes in the unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 file`, `2,000 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shown(path: str) -> str:
    """A path of the system as text; what is no text becomes U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
