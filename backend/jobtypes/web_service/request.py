"""From the answers to what is sent."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from backend.jobtypes.web_service.params import WebServiceParams

if TYPE_CHECKING:
    from backend.lib.web.calls import Call

_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}
_FORM_SIGNS = "=&%+*-._~!$'(),;:@/?[]"


def content_type(params: WebServiceParams) -> str:
    """What is said of the content: by the user, or else by its kind."""
    own = next((row.value for row in params.headers if row.name.lower() == "content-type"), "")
    if own or params.sends != "file":
        return own or _TYPES[params.sends]
    guessed = mimetypes.guess_type(params.file or Path("x"))[0]
    return guessed or "application/octet-stream"


def usual_headers(params: WebServiceParams) -> list[tuple[str, str]]:
    """The headers that do not come from an account."""
    own = [(row.name, row.value) for row in params.headers]
    named = {name.lower() for name, _ in own}
    if "accept" not in named and (params.make != "file" or params.pages in ("field", "number")):
        own.insert(0, ("Accept", "application/json"))
    if params.sends != "none" and "content-type" not in named:
        own.append(("Content-Type", content_type(params)))
    return own


def call_for(params: WebServiceParams, url: str) -> Call:
    """The request for one page."""
    from backend.lib.web.calls import Call

    content: bytes | Path | None = None
    if params.sends == "file":
        content = params.file
    elif params.sends != "none":
        text = params.body
        if params.sends == "form":
            text = quote("&".join(line.strip() for line in text.splitlines() if line.strip()), safe=_FORM_SIGNS)
        content = text.encode()
    return Call(params.method, url, usual_headers(params), content)
