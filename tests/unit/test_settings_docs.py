"""The page about settings tells of every setting there is: the code is walked for them, and the page is read."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from backend.core.settings import Settings
from tests.helpers.tree import ROOT

PAGE = ROOT / "docs" / "settings.md"
PROGRAM = (ROOT / "backend", ROOT / "desktop", ROOT / "tests" / "helpers" / "bootstrap")


def told(head: str) -> list[str]:
    """The first cells of the table with this head."""
    table = PAGE.read_text("utf-8").partition(f"| {head} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def modules(*folders: Path) -> Iterator[tuple[str, ast.Module]]:
    """Every module below the folders, by its dotted name."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name, ast.parse(path.read_text("utf-8"))


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    """Calls of functions or methods of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            yield node


def value_of(argument: ast.expr, module: str, tree: ast.Module) -> str:
    """What an argument comes to, with `NAME` for what is only known when the program runs."""
    match argument:
        case ast.Constant():
            return str(argument.value)
        case ast.Name():
            return str(getattr(importlib.import_module(module), argument.id))
        case ast.Call(func=ast.Name(id=function)):
            return value_of(returned_by(function, tree), module, tree)
        case ast.JoinedStr():
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "NAME" for part in argument.values)
        case _:
            raise AssertionError(f"{module}: {ast.dump(argument)} names a setting in a way that is not known here")


def returned_by(function: str, tree: ast.Module) -> ast.expr:
    """What a function of the module returns, in its one statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            last = node.body[-1]
            assert isinstance(last, ast.Return)
            assert last.value is not None
            return last.value
    raise AssertionError(f"{function} is not in the module")


def is_ini(call: ast.Call) -> bool:
    """Whether the method is one of what reads and writes `window.ini`: `self._settings` or `_settings()`."""
    assert isinstance(call.func, ast.Attribute)
    return "_settings" in ast.dump(call.func.value)


def test_every_environment_variable_has_its_line_and_every_line_its_variable() -> None:
    variables = {f"DESKHAND_{name.upper()}" for name in Settings.model_fields}
    for _, tree in modules(*PROGRAM):
        words = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        variables |= {word for word in words if isinstance(word, str) and re.fullmatch(r"DESKHAND_[A-Z_]+[A-Z]", word)}
    assert sorted(told("variable")) == sorted(variables)


def test_every_setting_in_the_record_has_its_line_and_every_line_its_setting() -> None:
    found = {
        value_of(call.args[1], name, tree)
        for name, tree in modules(ROOT / "backend")
        for call in calls(tree, "get_option", "set_option")
    }
    assert sorted(told("in the record")) == sorted(found)


def test_every_setting_of_the_window_has_its_line_and_every_line_its_setting() -> None:
    found = {
        value_of(call.args[0], name, tree)
        for name, tree in modules(ROOT / "desktop")
        for call in calls(tree, "value", "setValue")
        if isinstance(call.func, ast.Attribute) and is_ini(call)
    }
    assert sorted(told("in `window.ini`")) == sorted(found)
