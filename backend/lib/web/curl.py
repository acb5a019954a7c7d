"""Reading a curl command, as the descriptions of services and browsers give it, into the answers of a form.

Only text is read; nothing is run. Logins and what may be a key are not taken over: they belong in an account.
"""

from __future__ import annotations

import codecs
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit, urlunsplit

from backend.core.errors import UserError
from backend.lib.masking import looks_secret

_ANSI_QUOTED = re.compile(r"(?<=\s)\$'((?:[^'\\]|\\.)*)'")
_WITH_VALUE = {
    "-X": "method",
    "--request": "method",
    "-H": "header",
    "--header": "header",
    "-d": "data",
    "--data": "data",
    "--data-ascii": "data",
    "--data-binary": "binary",
    "--data-raw": "raw",
    "--data-urlencode": "urlencode",
    "--json": "json",
    "-A": "agent",
    "--user-agent": "agent",
    "-e": "referer",
    "--referer": "referer",
    "--url": "url",
    "-m": "seconds",
    "--max-time": "seconds",
    "--retry": "again",
    "--max-filesize": "most",
    "-u": "login",
    "--user": "login",
    "--oauth2-bearer": "login",
    "-b": "cookie",
    "--cookie": "cookie",
    "-o": "",
    "--output": "",
    "--connect-timeout": "",
    "--max-redirs": "",
    "--retry-delay": "",
    "--retry-max-time": "",
}
_PLAIN = """
-L --location -s --silent -S --show-error -v --verbose -f --fail --fail-with-body -i --include -g --globoff
-N --no-buffer -# --progress-bar -O --remote-name -J --remote-header-name --compressed --http1.1 --http2
--http2-prior-knowledge --tlsv1.2 --tlsv1.3
"""
_WITHOUT = {
    **dict.fromkeys(_PLAIN.split(), ""),
    "-G": "get",
    "--get": "get",
    "-I": "head",
    "--head": "head",
    "-k": "insecure",
    "--insecure": "insecure",
}
_OWN = {"host", "content-length", "accept-encoding", "connection", "te", "priority", "transfer-encoding"}
FORM = "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@dataclass
class Curl:
    """What a command says: answers by the name of their field, and what could not be taken over, in sentences."""

    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: list[str] = field(default_factory=list[str])


def read_curl(text: str) -> Curl:
    """The command as answers `method`, `url`, `headers`, `content`, `body`, `file`, `seconds` and `again`.

    Raises UserError where it is no such command.
    """
    reading = _Reading()
    for option, value in _options(_words(text)):
        if option == "url":
            reading.url = reading.url or value
        elif option in _WITH_VALUE:
            reading.take(_WITH_VALUE[option], value, option)
        elif option in _WITHOUT:
            reading.take(_WITHOUT[option], "", option)
        else:
            reading.note(f"The option {option} is not known here and was left out.")
    return reading.result()


def _wrong(message: str, hint: str) -> UserError:
    return UserError("curl.wrong", message, hint, fields={"curl": f"{message} {hint}"})


def _words(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text.strip())
    if re.search(r"\^\r?\n|\^\"", joined):
        raise _wrong("This command is written for the Windows prompt.", "Copy it as “cURL (bash)” instead.")
    joined = _ANSI_QUOTED.sub(lambda found: shlex.quote(_unescaped(found[1])), joined)
    try:
        words = shlex.split(joined)
    except ValueError as error:
        raise _wrong("A quotation mark in the command has no partner.", "Copy the whole command.") from error
    while words and words[0] in ("$", "%", ">", "sudo"):
        words.pop(0)
    if not words or words[0] not in ("curl", "curl.exe"):
        raise _wrong("This is no curl command.", "It begins with the word curl.")
    return words[1:]


def _unescaped(text: str) -> str:
    """What stands in `$'...'`, where browsers write signs as `\\u0021`."""
    return re.sub(
        r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)",
        lambda found: found[0][1] if found[0][1] in "'\"?" else codecs.decode(found[0], "unicode_escape"),
        text,
        flags=re.DOTALL,
    )


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Each option with its value; an address comes as the option `url`."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from (("url", each) for each in rest)
            return
        if word.startswith("--"):
            name, has_value, value = word.partition("=")
            if name in _WITH_VALUE:
                yield name, value if has_value else _value(name, rest)
            else:
                yield name, ""
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word, rest)
        else:
            yield "url", word


def _short(word: str, rest: list[str]) -> Iterator[tuple[str, str]]:
    """Short options may stand together, the last one with its value (`-sSXPOST`)."""
    for at, letter in enumerate(word[1:], start=1):
        name = f"-{letter}"
        if name in _WITH_VALUE:
            yield name, word[at + 1 :] or _value(name, rest)
            return
        yield name, ""


def _value(name: str, rest: list[str]) -> str:
    if not rest:
        raise _wrong(f"What belongs to {name} is missing at the end of the command.", "Copy the whole command.")
    return rest.pop(0)


class _Reading:
    def __init__(self) -> None:
        self.url = ""
        self.method = ""
        self.headers: list[tuple[str, str]] = []
        self.data: list[str] = []
        self.file = ""
        self.kind = ""
        self.in_address = False
        self.more: dict[str, int] = {}
        self.notes: list[str] = []

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def take(self, what: str, value: str, option: str) -> None:
        match what:
            case "url":
                self.url = self.url or value
            case "method":
                self.method = value.upper()
            case "header":
                self._header(value)
            case "agent" | "referer":
                self.headers.append(("User-Agent" if what == "agent" else "Referer", value))
            case "data" | "binary" | "raw" | "json" | "urlencode":
                self._content(what, value)
            case "seconds" | "again":
                self._number(what, value)
            case "get":
                self.in_address = True
            case "head":
                self.method = self.method or "HEAD"
            case "insecure":
                self.note("Certificates are always checked; -k was left out.")
            case "login":
                self.note("The login was left out: choose an account for it, or make one.")
            case "cookie":
                self.note("Cookies were left out; they are a kind of login and soon run out.")
            case "most":
                self.note(f"The bound of {option} was left out: set it under “More options”.")
            case _:
                return

    def _header(self, line: str) -> None:
        name, _, value = (part.strip() for part in line.partition(":"))
        low = name.lower()
        if low in _OWN or low.startswith(("sec-", ":")) or not name or not value:
            return
        if low in ("authorization", "proxy-authorization"):
            self.take("login", "", "")
        elif low == "cookie":
            self.take("cookie", "", "")
        elif looks_secret(name):
            self.note(f"The header {name} looks like a key and was left out: put it into an account.")
        else:
            self.headers.append((name, value))

    def _content(self, what: str, value: str) -> None:
        self.kind = "json" if what == "json" else self.kind or "form"
        if what != "raw" and what != "urlencode" and value.startswith("@"):
            self.file = value[1:]
        elif what == "urlencode":
            name, equals, rest = value.partition("=")
            self.data.append(f"{name}={quote_plus(rest)}" if equals and name else quote_plus(rest or name))
        else:
            self.data.append(value.replace("\r", "").replace("\n", "") if what == "data" else value)

    def _number(self, what: str, value: str) -> None:
        try:
            self.more[what] = max(1, round(float(value)))
        except ValueError:
            self.note(f"'{value}' is no number and was left out.")

    def result(self) -> Curl:
        if not self.url:
            raise _wrong("There is no web address in the command.", "Copy the whole command.")
        body = ("" if self.kind == "json" else "&").join(self.data)
        sends = bool(body or self.file) and not self.in_address
        answers: dict[str, Any] = {"url": self._address(body)}
        method = self.method or ("POST" if sends else "GET")
        if method not in METHODS:
            self.note(f"The method {method} is not known here; choose another one.")
            method = "POST" if sends else "GET"
        answers["method"] = method
        if sends:
            answers |= self._sent(body)
        answers["headers"] = [{"name": name, "value": value} for name, value in self.headers]
        return Curl(answers | self.more, self.notes)

    def _address(self, body: str) -> str:
        address = self.url if "://" in self.url else f"http://{self.url}"
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise _wrong("The web address in the command is none.", "Copy the whole command.") from error
        if "@" in parts.netloc:
            self.take("login", "", "")
            parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        if self.in_address and body:
            parts = parts._replace(query="&".join(part for part in (parts.query, body) if part))
        return urlunsplit(parts)

    def _sent(self, body: str) -> dict[str, Any]:
        kind = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        if self.file:
            if not kind:
                self.headers.append(("Content-Type", "application/json" if self.kind == "json" else FORM))
            return {"content": "file", "file": self.file}
        if self.kind == "json" or "json" in kind or (not kind and _is_json(body)):
            self._without_type()
            return {"content": "json", "body": body}
        if not kind or kind.lower().startswith(FORM):
            self._without_type()
            return {"content": "form", "body": body}
        return {"content": "text", "body": body}

    def _without_type(self) -> None:
        """The form says it by itself."""
        self.headers = [each for each in self.headers if each[0].lower() != "content-type"]


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
