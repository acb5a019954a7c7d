"""Names and strings as restic writes them: Go's `strconv.Quote` for names, Go's HTML-escaping JSON for strings.

Names are raw bytes in the format. Python's `str.isprintable` and Go's `strconv.IsPrint` follow the same rule
(letters, marks, numbers, punctuation, symbols, the space); where their Unicode versions differ, either reads both.
"""

import json
import os
import re
from typing import Any

_SHORT = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_SHORT_BACK = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92, "'": 39}
_PLAIN = re.compile(r"[ !#-%'-;=?-\[\]-~]*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_text(text: str) -> str:
    """The string as a JSON literal, escaped as Go's `encoding/json` does; what is not Unicode becomes U+FFFD."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return json.dumps(_SURROGATE.sub("\ufffd", text), ensure_ascii=False).translate(_HTML)


def json_object(found: dict[str, Any]) -> str:
    """The JSON of an object in the same manner."""
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub("\ufffd", text).translate(_HTML)


def quote(raw: bytes) -> str:
    """A name as restic keeps it in a node: Go's `strconv.Quote` without the surrounding quotes."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_quote_char(char) for char in raw.decode("utf-8", "surrogateescape"))
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(_quote_char(char) for char in text)


def unquote(quoted: str) -> bytes:
    """The raw name; raises ValueError where the quoting is not Go's."""
    if "\\" not in quoted:
        return quoted.encode("utf-8", "surrogatepass")
    out = bytearray()
    at = 0
    while (found := quoted.find("\\", at)) >= 0:
        out += quoted[at:found].encode("utf-8", "surrogatepass")
        escape = _ESCAPE.match(quoted, found)
        if escape is None:
            raise ValueError(f"not a quoted name: {quoted!r}")
        out += _unescape(escape)
        at = escape.end()
    out += quoted[at:].encode("utf-8", "surrogatepass")
    return bytes(out)


def raw_name(name: str) -> bytes:
    """The bytes of a file name as the system gave it."""
    return os.fsencode(name)


def _quote_char(char: str) -> str:
    code = ord(char)
    if code in _SHORT:
        return _SHORT[code]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char.isprintable():
        return char
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescape(escape: re.Match[str]) -> bytes:
    byte, short_rune, long_rune, octal, letter = escape.groups()
    if byte:
        return bytes([int(byte, 16)])
    if short_rune or long_rune:
        return chr(int(short_rune or long_rune, 16)).encode("utf-8", "surrogatepass")
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if letter not in _SHORT_BACK:
        raise ValueError(f"unknown escape \\{letter}")
    return bytes([_SHORT_BACK[letter]])
