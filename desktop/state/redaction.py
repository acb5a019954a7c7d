"""Takes out of a text what says who somebody is, where, and what opens a door: for texts that are given away.

It rather takes out too much: what looks like a secret, an address or a name goes, also where it was none.
"""

import ipaddress
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import quote

Kind = Literal["secret", "e-mail", "address", "user", "computer", "home"]

SHORTEST_NAME = 3
"""Shorter names are words of their own too often."""

PASSWORD = r"(?:pass(?:word|wd|phrase|code)|(?<![a-z])(?:pwd|pass)(?![a-z])|secret)"
KEY = (
    r"(?:token|api[_-]?key|access[_-]?key|private[_-]?key|credential|cookie|session[_-]?id|signature"
    r"|(?<![a-z])(?:auth|sig|pin)(?![a-z]))"
)
USER = r"(?:user(?:[_-]?name)?|login|logname|account|owner|author|uid|gecos)"
HOST = r"(?:host(?:[_-]?name)?|server|domain|relay|machine|computer|nodename)"
QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
IS = r"""["']?\s*(?:=>|[=:]|\bis\b)\s*"""
ENDINGS = (
    "com|org|net|edu|gov|biz|info|dev|eu|de|fr|uk|us|ca|au|nz|jp|cn|kr|tw|hk|br|mx|ch|es|pt|nl|dk|se|fi|cz|sk|hu|ro"
    "|bg|gr|tr|ru|ua|il|za|ie|lu|lt|lv|ee|hr|local|lan|internal|intranet|corp|localdomain|arpa|example|invalid"
)
"""Endings of host names that are seldom endings of files or of dotted names in programs."""
ENDINGS_OF_LONG = "at|it|be|no|pl|in|is|id|me|to|io|co|ai|app|cc|tv|rs|si|cloud|online|site|home|test"
"""Others, which count behind two dots only."""

PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
BEARER = re.compile(r"\bBearer\s+[\w.~+/=-]{6,}", re.IGNORECASE)
AUTHORIZATION = re.compile(rf"(authorization{IS}[\"']?)(?:[a-z]+ +)?[^\s\"',]+", re.IGNORECASE)
WORKER = re.compile(r"(\bdeskhand-\d+@)[\w.-]+")
URL = re.compile(r"\b([a-z][a-z0-9+.-]{1,30})://(?:[^\s/@]*@)?([^\s/?#\"'<>@]*)([^\s\"'<>]*)", re.IGNORECASE)
OPTION = re.compile(rf"(--?[\w-]*(?:{PASSWORD}|{KEY})[\w-]*[ =])(?:{QUOTED}|\S+)", re.IGNORECASE)
NAMED_PASSWORD = re.compile(rf"({PASSWORD}[\w.-]*{IS})(?:{QUOTED}|[^\n]+)", re.IGNORECASE)
NAMED_KEY = re.compile(rf"({KEY}[\w.-]*{IS})(?:{QUOTED}|\S+)", re.IGNORECASE)
SPOKEN = re.compile(rf"((?:{PASSWORD}|{KEY})[^\n\"'“‘]{{0,24}})(?:{QUOTED}|“[^”\n]+”|‘[^’\n]+’)", re.IGNORECASE)
MAIL = re.compile(
    r"""(?:"[^"\n]{1,64}"|[^\s"'<>()\[\]{},;:@]{1,64})(?:@|%40)(?:\[[^\]\s]+\]|[^\s"'<>()\[\]{},;:=@/]+)"""
)
HOMES = re.compile(
    r"""(?:/home/|/Users/|\b[a-z]:(?:\\+|/)Users(?:\\+|/))(?:[^/\\"':;\n]{1,40}(?=[/\\])|[^/\\\s"':;,)]+)""",
    re.IGNORECASE,
)
NAMED_USER = re.compile(rf"""(\b{USER}["']?\s*[=:]\s*)(?:{QUOTED}|[^\s,;&)\]}}]+)""", re.IGNORECASE)
NAMED_HOST = re.compile(rf"""(\b{HOST}["']?\s*[=:]\s*)(?:{QUOTED}|[^\s,;&)\]}}]+)""", re.IGNORECASE)
HARDWARE = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE)
SIX = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?:%\w+)?(?!\w)", re.IGNORECASE)
FOUR = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
NAMES = re.compile(
    rf"(?<![\w.@-])(?:(?:[\w-]+\.)+(?:{ENDINGS})|(?:[\w-]+\.){{2,}}(?:{ENDINGS_OF_LONG}))(?![\w-]|\.\w|\()",
    re.IGNORECASE,
)
MIXED = re.compile(
    r"(?<![\w/+-])(?!/+[\w.-]+/)(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])[A-Za-z0-9_+/=-]{24,}"
)
PLAIN = re.compile(r"(?<![\w/+-])(?=[a-z]*\d)[a-z0-9]{24,}(?![\w-])", re.IGNORECASE)
SAYS_NOTHING = {"", "none", "null", "true", "false", "0", "1", "localhost", "127.0.0.1", "::1"}


class Redactor:
    """Puts `<secret>`, `<e-mail>`, `<address>`, `<user>`, `<computer>` and `<home>` in the place of what it finds.

    `known` are texts of this user and this computer that must not remain. They are found in every spelling that logs
    have: escaped as in JSON or Python, and as in a URL; whatever the letters' case. `found` counts what was taken out.
    """

    def __init__(self, known: Mapping[str, Kind]) -> None:
        self.found: Counter[Kind] = Counter()
        spelled = _spelled(known)
        self._known: dict[str, Kind] = {spelling.casefold(): kind for spelling, kind in spelled.items()}
        choices = "|".join(re.escape(text) for text in sorted(spelled, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])", re.IGNORECASE) if choices else None

    def clean(self, text: str) -> str:
        """The text without them."""
        text = self._put(BEARER, "secret", self._put(PEM, "secret", text))
        text = AUTHORIZATION.sub(self._after("secret"), text)
        text = WORKER.sub(self._after("computer"), text)
        text = URL.sub(self._url, text)
        for pattern in (OPTION, NAMED_PASSWORD, NAMED_KEY, SPOKEN):
            text = pattern.sub(self._after("secret"), text)
        text = self._pattern.sub(self._known_one, text) if self._pattern else text
        text = self._put(MAIL, "e-mail", self._put(HOMES, "home", text))
        text = NAMED_USER.sub(self._after("user"), text)
        text = NAMED_HOST.sub(self._after("computer"), text)
        text = self._put(HARDWARE, "address", text)
        text = FOUR.sub(self._address, SIX.sub(self._address, text))
        text = self._put(NAMES, "computer", text)
        return self._put(PLAIN, "secret", self._put(MIXED, "secret", text))

    def _say(self, kind: Kind) -> str:
        self.found[kind] += 1
        return f"<{kind}>"

    def _put(self, pattern: re.Pattern[str], kind: Kind, text: str) -> str:
        return pattern.sub(lambda _found: self._say(kind), text)

    def _after(self, kind: Kind) -> Callable[[re.Match[str]], str]:
        """Leaves the first group and takes out what stands behind it, unless that is out already or says nothing."""

        def put(found: re.Match[str]) -> str:
            value = found[0][len(found[1]) :].strip("\"'")
            if value.lower() in SAYS_NOTHING or re.fullmatch(r"<[a-z-]+>", value):
                return found[0]
            return found[1] + self._say(kind)

        return put

    def _known_one(self, found: re.Match[str]) -> str:
        # `re` takes more letters for the same than `casefold` does, such as the Turkish ones.
        return self._say(self._known.get(found[0].casefold()) or "user")

    def _url(self, found: re.Match[str]) -> str:
        """Whole but for its scheme: hooks and downloads have their secrets in the path."""
        is_local = re.fullmatch(r"(?:127\.0\.0\.1|localhost|\[::1\])?(?::\d+)?", found[2])
        if is_local and "@" not in found[0] and "?" not in found[0]:
            return found[0]
        return f"{found[1]}://{self._say('address')}"

    def _address(self, found: re.Match[str]) -> str:
        text, rest = found[0], ""
        while True:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                # A colon that belongs to the sentence.
                if not text.endswith(":"):
                    return found[0]
                text, rest = text[:-1], rest + ":"
                continue
            return found[0] if address.is_loopback or address.is_unspecified else self._say("address") + rest


def _spelled(known: Mapping[str, Kind]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for text, kind in known.items():
        if len(text) < SHORTEST_NAME:
            continue
        for form in ("NFC", "NFD"):
            one = unicodedata.normalize(form, text)
            spellings = (one, one.upper(), json.dumps(one)[1:-1], repr(one)[1:-1], quote(one), quote(one, safe=""))
            found.update(dict.fromkeys(spellings, kind))
    return found
