"""The request that would be sent, and what a pasted command says. Nothing is sent here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.views import Fact, Option, PreviewTable, Rehearsal
from backend.jobtypes.web_service.params import WebServiceParams
from backend.jobtypes.web_service.request import content_type, usual_headers
from backend.lib.masking import COVER, looks_secret, shown_body, shown_url, shown_value
from backend.lib.words import size

SHOWN = 2000
_PAGES = {
    "link": "as long as the header “Link” names a next one",
    "field": "as long as the field “{field}” names a next one",
    "number": "from number {first}, until one is empty",
}
_MADE = {"file": "as it comes", "xlsx": "as an Excel table", "csv": "as a CSV table"}


def rehearse(params: WebServiceParams) -> Rehearsal:
    """The request, with secrets covered."""
    params.checked()
    account = params.opened()
    rows = [[name, shown_value(name, value)] for name, value in usual_headers(params)]
    facts = [Fact(label="Request", value=f"{params.method} {shown_url(params.url)}")]
    warnings: list[str] = []
    if account is not None:
        settings = account.settings
        if settings.login == "header":
            rows.append([settings.header, COVER])
        elif settings.login != "none":
            rows.append(["Authorization", f"{settings.login.capitalize()} {COVER}"])
        facts.append(Fact(label="Login", value=f"account “{account.name}”, for {settings.address} only"))
    if params.pages != "one":
        how = _PAGES[params.pages].format(field=params.next_field, first=params.first_page)
        facts.append(Fact(label="Pages", value=f"at most {params.most_pages:,}, {how}"))
    facts.append(Fact(label="Kept", value=f"{_MADE[params.make]}, in {params.folder}"))
    if params.method not in ("GET", "HEAD"):
        warnings.append("This may change something at the service, and Deskhand cannot take it back.")
    warnings += [
        f"“{row.name}” looks like a key. It is safer in an account." for row in params.headers if looks_secret(row.name)
    ]
    if (covered := shown_url(params.url)) != params.url:
        warnings.append(f"The address has what looks like a key in it: {covered}. It is kept in the list of jobs.")
    tables = [PreviewTable(title="Headers", columns=["Name", "Value"], rows=rows)]
    if (sent := _content(params)) is not None:
        tables.append(sent)
    return Rehearsal(
        headline=f"{params.host} would be asked with {params.method}.", facts=facts, warnings=warnings, tables=tables
    )


def _content(params: WebServiceParams) -> PreviewTable | None:
    if params.sends == "none":
        return None
    if params.sends == "file":
        assert params.file is not None
        rows = [[f"{params.file.name}, {size(params.file.stat().st_size)}"]]
    else:
        rows = [[line] for line in shown_body(params.body)[:SHOWN].splitlines()]
    note = "Only the beginning" if params.sends != "file" and len(params.body) > SHOWN else ""
    return PreviewTable(title="Content", columns=[content_type(params)], rows=rows, note=note)


def options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    """For a pasted command: each answer it gives (value: the field, note: the answer as JSON), then sentences."""
    pasted = answers.get("curl.pasted")
    if field != "curl" or not isinstance(pasted, str):
        return []
    from backend.lib.web.curl import read_curl

    read = read_curl(pasted)
    filled = [
        Option(value=name, label=_title(name), note=json.dumps(value, ensure_ascii=False))
        for name, value in read.answers.items()
    ]
    return [*filled, *(Option(value="", label=sentence) for sentence in read.notes)]


def _title(name: str) -> str:
    return WebServiceParams.model_fields[name].title or name
