"""The answers of the job for web services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from backend.core.errors import UserError
from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.accounts.kinds.web import NAME, WebSettings, checked_address
from backend.lib.results import check_folder

if TYPE_CHECKING:
    from backend.lib.accounts.opening import Opened

_SENDS: dict[str, list[Any]] = {"method": ["POST", "PUT", "PATCH", "DELETE"]}
_TABLE: dict[str, list[Any]] = {"make": ["xlsx", "csv"]}
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"})
_LOGINS = frozenset({"authorization", "proxy-authorization", "cookie"})
_NAME_SIGNS = frozenset("!#$%&'*+-.^_`|~")
MOST_BODY = 1_000_000


class HeaderRow(BaseModel):
    """One header."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = fields.text("Name", placeholder="Accept", min_length=1, max_length=200)
    value: str = fields.text("Value", default="", max_length=8000)

    @field_validator("name")
    @classmethod
    def _a_name(cls, value: str) -> str:
        name = value.strip()
        if not name or any(not (sign.isascii() and (sign.isalnum() or sign in _NAME_SIGNS)) for sign in name):
            raise ValueError("A header's name has letters, digits and hyphens only.")
        if name.lower() in _LOGINS:
            raise ValueError("A login belongs in an account, where it is kept safely.")
        if name.lower() in _OWN:
            raise ValueError("This header is set by itself. Take it out.")
        return name

    @field_validator("value")
    @classmethod
    def _a_value(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("Only plain letters, digits and signs can be sent in a header.")
        return value.strip()


class WebServiceParams(Params):
    """Address and folder must be given; the rest fits the simplest call."""

    curl: str = fields.paste(
        "Paste a curl command",
        "As the description of a service gives it, or a browser's “Copy as cURL (bash)”. It fills in the rest.",
        placeholder="curl https://api.example.com/orders",
        default="",
        max_length=0,
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = fields.choice(
        "Method",
        "GET reads and changes nothing; the others may change something there.",
        labels={name: name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")},
        default="GET",
    )
    url: str = fields.text("Address", placeholder="https://api.example.com/orders", min_length=1, max_length=8000)
    account: int | None = fields.account(
        "Login", "It is sent to the account's own server and to no other.", kinds=[NAME], empty="None", default=None
    )
    headers: list[HeaderRow] = fields.rows("Headers", default=[], add="Add a header", max_length=50)
    content: Literal["none", "json", "form", "text", "file"] = fields.choice(
        "Send along",
        labels={"none": "Nothing", "json": "JSON", "form": "Form", "text": "Text", "file": "A file"},
        default="none",
        when=_SENDS,
    )
    body: str = fields.long_text(
        "Content",
        default="",
        when={**_SENDS, "content": ["json", "form", "text"]},
        needed=True,
        max_length=MOST_BODY,
    )
    file: Path | None = fields.file_in("File", default=None, when={**_SENDS, "content": ["file"]}, needed=True)
    pages: Literal["one", "link", "field", "number"] = fields.choice(
        "Pages",
        "How the service says that there is more. Without, only the first answer is fetched.",
        labels={
            "one": "One answer",
            "link": "Header “Link”",
            "field": "A field in the answer",
            "number": "By number",
        },
        default="one",
        section="from",
    )
    next_field: str = fields.text(
        "Field with the next page",
        "An address, or a mark that is sent along. Within another field: paging.next",
        default="",
        placeholder="next",
        section="from",
        when={"pages": ["field"]},
        needed=True,
        max_length=200,
    )
    page_name: str = fields.text(
        "Name in the address",
        "What stands before the page's number or mark. Empty where the field holds a whole address.",
        default="",
        placeholder="page",
        section="from",
        when={"pages": ["field", "number"]},
        max_length=100,
    )
    first_page: int = fields.number(
        "First page", default=1, ge=0, le=1_000_000, section="from", when={"pages": ["number"]}
    )
    most_pages: int = fields.number(
        "At most",
        default=50,
        ge=1,
        le=10_000,
        unit="pages",
        section="from",
        when={"pages": ["link", "field", "number"]},
    )
    make: Literal["file", "xlsx", "csv"] = fields.choice(
        "Keep the answer",
        labels={"file": "As it comes", "xlsx": "As Excel table", "csv": "As CSV table"},
        default="file",
        section="to",
    )
    records: str = fields.text(
        "Field with the records",
        "Empty: found by itself. Within another field: data.items",
        default="",
        placeholder="the list in the answer",
        section="to",
        when=_TABLE,
        max_length=200,
    )
    name: str = fields.text(
        "Name of the file",
        default="",
        section="to",
        placeholder="the end of the address",
        max_length=150,
    )
    folder: Path = fields.folder_out("Folder", section="to")
    seconds: int = fields.number("Time for an answer", default=60, ge=1, le=3600, unit="seconds", section="options")
    most_mb: int = fields.number("Largest answer", default=100, ge=1, le=2000, unit="MB", section="options")
    again: int = fields.number(
        "Try again",
        "When the server is busy or the connection is lost. What must not be done twice is not.",
        default=3,
        ge=0,
        le=10,
        unit="times",
        section="options",
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return checked_address(value)

    @field_validator("body")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("content") == "json" and info.data.get("method") not in ("GET", "HEAD") and value.strip():
            try:
                json.loads(value)
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"This is no JSON: something is wrong in line {error.lineno}, at sign {error.colno}."
                ) from error
            except (ValueError, RecursionError) as error:
                raise ValueError("This is no JSON.") from error
        return value

    @property
    def sends(self) -> str:
        """What kind of content goes along; `none` for methods that have none."""
        return "none" if self.method in ("GET", "HEAD") else self.content

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or ""

    @property
    def title(self) -> str:
        """What the result is called."""
        last = urlsplit(self.url).path.rstrip("/").rpartition("/")[2]
        stem = last.rpartition(".")[0] if "." in last[1:] else last
        return self.name.strip() or stem or self.host

    def checked(self) -> None:
        """Raises UserError for answers that do not fit together."""
        from backend.lib.web.calls import origin_of

        check_folder(self.folder)
        origin_of(self.url)
        if self.sends in ("json", "form", "text") and not self.body.strip():
            raise _wrong("body", "There is nothing to send.", "Type it, or choose “Nothing”.")
        if self.sends == "file" and (self.file is None or not self.file.is_file()):
            message = f"The file '{self.file}' is not there." if self.file else "No file is chosen."
            raise _wrong("file", message, "Pick it again.")
        if self.pages == "field" and not self.next_field.strip():
            raise _wrong("next_field", "The field with the next page is missing.", "Type its name.")
        if self.pages == "number" and not self.page_name.strip():
            raise _wrong("page_name", "The name of the page in the address is missing.", "Usually it is: page")

    def opened(self) -> Opened[WebSettings] | None:
        """The account. Raises UserError where it belongs to another server, NeedsUserError where it is gone."""
        if self.account is None:
            return None
        from backend.lib.accounts.opening import open_account
        from backend.lib.web.calls import origin_of

        account = open_account(self.account, NAME, WebSettings)
        if origin_of(account.settings.address) != origin_of(self.url):
            message = f"The account “{account.name}” is for {account.settings.address}."
            raise _wrong("account", message, "Its login goes nowhere else: choose another account, or correct one.")
        return account


def _wrong(field: str, message: str, hint: str) -> UserError:
    return UserError(f"web.{field}", message, hint, fields={field: f"{message} {hint}"})
