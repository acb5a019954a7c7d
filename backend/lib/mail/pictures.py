"""Pictures in a letter: files of the user's computer that go with it, once for all recipients, and are shown in it."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from backend.core.errors import UserError
from backend.lib.mail.attachments import read_part
from backend.lib.mail.mime import FilePart

LARGEST = 5 << 20
_SOURCE = re.compile(r"(<img\b[^>]*?\bsrc=\")(file:[^\"]*)(\")", re.IGNORECASE)
_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def embed(html: str) -> tuple[str, list[FilePart], dict[str, str]]:
    """The letter with `cid:` in place of `file:`, the pictures, and for each cid the address that it replaces.

    `html` comes from `markup.clean`. Raises UserError, at the field `html`, for what is no picture or too large.
    """
    names: dict[str, str] = {}
    parts: list[FilePart] = []

    def one(match: re.Match[str]) -> str:
        address = unescape(match[2])
        if address not in names:
            cid = f"picture{len(names) + 1}@letter"
            parts.append(_picture(address, cid))
            names[address] = cid
        return f"{match[1]}cid:{names[address]}{match[3]}"

    embedded = _SOURCE.sub(one, html)
    return embedded, parts, {cid: address for address, cid in names.items()}


def show(html: str, addresses: Mapping[str, str]) -> str:
    """The letter with the files' own addresses again, for showing it on this computer."""
    for cid, address in addresses.items():
        html = html.replace(f'src="cid:{cid}"', f'src="{address}"')
    return html


def _picture(address: str, cid: str) -> FilePart:
    parts = urlsplit(address)
    path = Path(url2pathname(parts.path))
    if parts.netloc not in {"", "localhost"} or "{{" in address or "{%" in address:
        raise _wrong(f"The picture “{address[:80]}” is not a file of this computer.")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise _wrong(f"The picture “{path.name}” cannot be read: {error.strerror or error}.") from error
    if not any(start.startswith(known) for known in _STARTS):
        raise _wrong(f"“{path.name}” is not a picture that mail programs show: PNG, JPEG or GIF.")
    return read_part(path, largest=LARGEST, cid=cid)


def _wrong(sentence: str) -> UserError:
    return UserError(
        "mail.picture", sentence, "Take it out of the letter, or choose another.", fields={"html": sentence}
    )
