"""Makes the calls and keeps the answers."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from backend.core.disk import sync_folder
from backend.core.errors import DeskhandError, NeedsUserError, UserError
from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.web_service.params import WebServiceParams
from backend.jobtypes.web_service.request import call_for
from backend.lib.accounts.kinds.web import login_of
from backend.lib.masking import shown_url
from backend.lib.results import file_name
from backend.lib.tables.hearing import WHOLE, work_for
from backend.lib.tables.records import parsed
from backend.lib.web.calling import Caller, unknown_outcome
from backend.lib.web.calls import REPEATABLE, Bounds, Fetched
from backend.lib.web.paging import Paging
from backend.lib.words import counted, size

PORTION = 1 << 20
MOST_LOOKED_INTO = 20_000_000
_SENT = "sent"


class Page(NamedTuple):
    """One answer, and the file in which it lies."""

    answer: Fetched
    path: Path


def run(params: WebServiceParams, ctx: JobContext) -> Outcome:
    """Fetches the pages, then makes the files. Raises UserError at the answer that is wrong."""
    params.checked()
    _not_twice(params, ctx)
    pages = _fetch_all(params, ctx)
    received = sum(page.answer.size for page in pages)
    if params.make != "file":
        return _as_table(params, ctx, pages, received)
    kept = [page for page in pages if page.answer.size]
    for number, page in enumerate(kept, start=1):
        title = f"{params.title} {number}" if len(kept) > 1 else params.title
        with ctx.artifact(params.folder / file_name(title, _suffix(page.answer), "Answer"), "Answer") as part:
            _copy(page.path, part, ctx)
    facts = {"status": pages[-1].answer.status, "pages": len(pages), "bytes": received}
    if not kept:
        return Outcome(summary=f"{params.host} did it and answered without content.", facts=facts)
    files = "is kept" if len(kept) == 1 else f"is kept in {counted(len(kept), 'file')}, one for each page"
    return Outcome(summary=f"The answer of {params.host} ({size(received)}) {files}.", facts=facts)


def _not_twice(params: WebServiceParams, ctx: JobContext) -> None:
    """A request that must not be done twice is not sent again by itself after a power cut, or a full disk."""
    mark = ctx.keep / _SENT
    if params.method not in REPEATABLE and mark.exists():
        mark.unlink()
        unknown = unknown_outcome(params.host, "The job was cut off after the request was sent.")
        raise NeedsUserError(unknown.code, unknown.message, unknown.hint)


def _fetch_all(params: WebServiceParams, ctx: JobContext) -> list[Page]:
    account = params.opened()
    login = login_of(account, account.name) if account else None
    bounds = Bounds(params.most_mb * 1_000_000, float(params.seconds), params.again)
    paging = Paging(
        params.pages, params.next_field.strip(), params.page_name.strip(), params.first_page, params.records
    )
    number, pages, seen = 1, list[Page](), set[bytes]()

    def got(done: int, total: int | None) -> None:
        if params.pages == "one":
            ctx.progress(done, total, "bytes", f"Receiving from {params.host}")

    def say(words: str) -> None:
        ctx.progress(number - 1, None, "pages" if params.pages != "one" else "", words)

    with Caller(login, bounds, ctx.checkpoint, say, got) as caller:
        url: str | None = paging.start(params.url)
        while url is not None:
            say(f"Asking {params.host}" + (f" for page {number}" if params.pages != "one" else ""))
            path = ctx.scratch / f"page-{number}"
            try:
                answer = _guarded(params, ctx, lambda url=url, path=path: caller.fetch(call_for(params, url), path))
            except UserError as error:
                if error.code == "web.status_404" and params.pages == "number" and number > 1:
                    break  # as some services say that there are no more
                raise
            ctx.log(f"{params.method} {shown_url(url)}: {answer.status}, {size(answer.size)}.")
            digest = _digest(path)
            if digest in seen:
                ctx.warn(f"Page {number} was the same as one before; it was left out, and no more were asked for.")
                break
            seen.add(digest)
            pages.append(Page(answer, path))
            data = _looked_into(path, answer, params.host) if paging.reads else None
            url = paging.after(answer, number, data)
            if url is not None and number == params.most_pages:
                ctx.warn(f"There are more than {counted(number, 'page')}; the rest was not asked for.")
                break
            number += 1
    return pages


def _guarded(params: WebServiceParams, ctx: JobContext, fetch: Callable[[], Fetched]) -> Fetched:
    """With a note where the request must not be done twice; it goes when the server has surely not done it, or when
    the user is told that this is not known."""
    if params.method in REPEATABLE:
        return fetch()
    mark = ctx.keep / _SENT
    mark.touch()
    sync_folder(ctx.keep)
    try:
        return fetch()
    except DeskhandError:
        mark.unlink()
        raise


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").digest()


def _looked_into(path: Path, answer: Fetched, host: str) -> Any:
    if answer.size > MOST_LOOKED_INTO:
        message = (
            f"A page of {host} has {size(answer.size)}; to find the next one it may have {size(MOST_LOOKED_INTO)}."
        )
        raise UserError("web.page_too_large", message, "Ask for fewer records on each page.", fields={"url": message})
    return parsed(path.read_bytes(), host)


def _as_table(params: WebServiceParams, ctx: JobContext, pages: list[Page], received: int) -> Outcome:
    request = {
        "pages": [str(page.path) for page in pages if page.answer.size],
        "path": params.records.strip(),
        "format": params.make,
        "title": params.title,
        "host": params.host,
    }
    if not request["pages"]:
        message = f"{params.host} answered without content, so there is no table to make of it."
        raise UserError("web.empty", message, "Choose “As it comes”.", fields={"make": message})
    made = work_for(
        ctx,
        "records",
        request,
        pages[0].path,
        lambda suffix, title: (params.folder / file_name(title, suffix, "Table"), title),
    )
    if not made["rows"]:
        ctx.warn("There were no records.")
    ctx.progress(WHOLE, WHOLE, "", "Done")
    return Outcome(
        summary=f"{counted(made['rows'], 'record')} from {counted(len(pages), 'answer')} of {params.host} "
        f"became a table with {counted(made['columns'], 'column')}.",
        facts={**made, "bytes": received},
    )


def _suffix(answer: Fetched) -> str:
    """By what the server says it is, or else by the end of the address."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("+json"):
        return "json"
    guessed = mimetypes.guess_extension(kind) if kind not in ("", "application/octet-stream") else None
    own = Path(urlsplit(answer.url).path).suffix
    return (guessed or (own if own[1:].isalnum() else "") or ".bin").lstrip(".")


def _copy(source: Path, into: Path, ctx: JobContext) -> None:
    with source.open("rb") as reading, into.open("wb") as writing:
        while portion := reading.read(PORTION):
            ctx.checkpoint()
            writing.write(portion)
