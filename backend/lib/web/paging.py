"""Where the next page of an answer is. Pages are fetched from the same server only, and never the same one twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from backend.core.errors import UserError
from backend.lib.masking import shown_url
from backend.lib.tables.records import at_path, records_in
from backend.lib.web.calls import Fetched, origin_of

Way = Literal["one", "link", "field", "number"]


@dataclass(frozen=True)
class Paging:
    """How a service says that there is more."""

    way: Way
    field: str = ""
    name: str = ""
    first: int = 1
    records: str = ""

    @property
    def reads(self) -> bool:
        """Whether the content of a page must be looked into."""
        return self.way in ("field", "number")

    def start(self, url: str) -> str:
        """The address of the first page."""
        return with_parameter(url, self.name, str(self.first)) if self.way == "number" else url

    def after(self, page: Fetched, number: int, data: Any) -> str | None:
        """The address of the page after this one, which is the `number`th; None after the last.

        Raises UserError where it would be on another server.
        """
        found: str | None = None
        if self.way == "link":
            found = page.next_link
        elif self.way == "field":
            found = self._by_field(page.url, data)
        elif self.way == "number" and records_in(data, self.records):
            found = with_parameter(page.url, self.name, str(self.first + number))
        if found is not None and origin_of(found) != origin_of(page.url):
            message = f"The next page is said to be at {shown_url(found)}, on another server."
            raise UserError("web.next_page", message, "Call that address itself, if it is the right one.")
        return found

    def _by_field(self, url: str, data: Any) -> str | None:
        mark = at_path(data, self.field)
        if mark is None or mark == "" or mark is False:
            return None
        if not isinstance(mark, str | int):
            message = f"The field '{self.field}' holds neither an address nor a mark."
            raise UserError("web.next_field", message, "Name another field.", fields={"next_field": message})
        if self.name:
            return with_parameter(url, self.name, str(mark))
        import httpx

        try:
            return str(httpx.URL(url).join(str(mark)))
        except httpx.InvalidURL as error:
            message = f"The field '{self.field}' holds no address."
            hint = "If it is a mark, say what it is called in the address."
            raise UserError("web.next_field", message, hint, fields={"page_name": f"{message} {hint}"}) from error


def with_parameter(url: str, name: str, value: str) -> str:
    """The address with this parameter, in the place of one of that name."""
    parts = urlsplit(url)
    pairs = [(key, each) for key, each in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    query = urlencode([*pairs, (name, value)], quote_via=quote)
    return urlunsplit(parts._replace(query=query))
