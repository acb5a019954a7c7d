"""Every text for people that can be translated: the window's own, and those of the API's forms.

`python -m tests.helpers.sayings` lists what `resources/i18n/zh_CN.json` does not have yet.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.tree import ROOT

CATALOGUE = ROOT / "resources" / "i18n" / "zh_CN.json"


def of_window() -> dict[str, str]:
    """Each literal text that is handed to Qt for translation, with where it stands. Others are refused."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "desktop").rglob("*.py")):
        for where, text in _said_in(path):
            found.setdefault(text, where)
    return found


def of_forms() -> set[str]:
    """Titles, help and labels of every kind of job and account, as the API hands them out."""
    from backend.jobtypes import discover
    from backend.lib.accounts.kinds import account_kinds
    from desktop.state.translating import translated

    said: set[str] = set()

    def note(text: str) -> str:
        said.add(text)
        return text

    for kind in discover("backend.jobtypes").values():
        if not kind.hidden:
            schema = kind.params.model_json_schema()
            translated(
                {"title": kind.title, "summary": kind.summary, "caution": kind.caution, "params_schema": schema}, note
            )
    for account in account_kinds().values():
        if not account.hidden:
            schema = account.settings.model_json_schema()
            presets = [{"title": one.title, "note": one.note} for one in account.presets]
            head = {"title": account.title, "summary": account.summary}
            translated({**head, "settings_schema": schema, "presets": presets}, note)
    return said


def catalogue() -> dict[str, str]:
    """What there is, by the English text."""
    found: dict[str, str] = json.loads(CATALOGUE.read_text("utf-8"))
    return found


def missing() -> list[str]:
    """What has no translation yet."""
    return sorted({*of_window(), *of_forms()} - catalogue().keys())


def _said_in(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or (argument := _text_of(node)) is None:
            continue
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise AssertionError(f"{where} hands something to translation that is no literal text")
        yield where, argument.value


def _text_of(call: ast.Call) -> ast.expr | None:
    """`thing.tr(text)`, `translate(context, text)`, or the latter under the name `tr`."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "tr":
        return call.args[0] if isinstance(call.func, ast.Attribute) else call.args[1]
    if name == "translate" and len(call.args) >= 2 and ast.unparse(call.args[0]) != "'Api'":
        return call.args[1]
    return None


if __name__ == "__main__":
    for text in missing():
        print(json.dumps(text, ensure_ascii=False))
