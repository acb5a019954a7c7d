"""E-mail addresses: checked strictly and without the network, and compared so that nobody is on a list twice.

Checking is email-validator's (RFC 5321, 5322, 6531), strict, without looking a domain up.
"""

import functools
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Literal

from backend.core.errors import UserError

Kind = Literal["bad", "duplicate", "suppressed", "empty"]

_SEVERAL = re.compile(r"@[^@]*[,;\s][^@]*@")
# Put behind a name of a local network to have it checked as if it were public: the names that are reserved
# (`.local`, `.test`) cannot be allowed one by one.
_PUBLIC = ".example.com"
# What needs no closer look than its domain does: RFC 5321 allows 64 characters before the @ (and 254 in all).
_SIMPLE = re.compile(r"(?=[^@]{1,64}@)([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
_LONGEST = 240
_SAFE_ENVELOPE = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x20\x7f-\x9f]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Address:
    """A checked address. Made by `parse` only.

    `text` is as people read it; `envelope` goes to the server, its domain in ASCII (IDNA 2008);
    `key` is the form in which two addresses are compared.
    """

    text: str
    envelope: str
    key: str

    @property
    def needs_utf8(self) -> bool:
        """Whether the part before the @ has letters that only a server with SMTPUTF8 takes (RFC 6531)."""
        return not self.envelope.isascii()


@dataclass(frozen=True)
class Finding:
    """One row of a list that gets no message, and why."""

    row: int
    kind: Kind
    address: str
    sentence: str


@dataclass(frozen=True)
class CheckedList:
    """The addresses that are good, each with its row, and what is the matter with the others, in order of rows."""

    good: tuple[tuple[int, Address], ...]
    findings: tuple[Finding, ...]

    def count(self, kind: Kind) -> int:
        """How many findings there are of a kind."""
        return sum(finding.kind == kind for finding in self.findings)


def parse(text: str, *, internal: bool = False) -> Address:
    """Checks one address; spaces around it do not matter.

    `internal` also allows names that only a local network knows (`.local`, `.test`, `localhost`).
    Raises UserError `mail.address` with what is wrong with it.
    """
    stripped = text.strip()
    if (simple := _SIMPLE.fullmatch(stripped)) and len(stripped) <= _LONGEST:
        local, typed = simple.groups()
        # Of some words, such as Postmaster, large letters are made small (RFC 2142), and no list has many of these.
        is_word = local.isalpha() and not local.islower()
        if not is_word and (known := _domain(typed, internal)):
            shown, domain = known
            return Address(f"{local}@{shown}", f"{local}@{domain}", f"{local.lower()}@{domain}")
    return _checked(stripped, internal)


@functools.lru_cache(maxsize=4096)
def _domain(typed: str, internal: bool) -> tuple[str, str] | None:
    """How a domain is shown and how it is sent; None for what is none. A list has few of them, and many addresses."""
    try:
        found = _checked(f"a@{typed}", internal)
    except UserError:
        return None
    return found.text.removeprefix("a@"), found.envelope.removeprefix("a@")


def _checked(stripped: str, internal: bool) -> Address:
    from email_validator import EmailNotValidError, validate_email

    if _SEVERAL.search(stripped):
        raise _bad(stripped, "There is more than one address in this cell.")
    try:
        found = validate_email(
            stripped + _PUBLIC if internal else stripped,
            check_deliverability=False,
            strict=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
        )
    except EmailNotValidError as error:
        raise _bad(stripped, str(error)) from error
    shown, domain = found.domain, found.ascii_domain.lower()
    if internal:
        shown, domain = shown.removesuffix(_PUBLIC), domain.removesuffix(_PUBLIC)
    local = found.local_part
    return Address(f"{local}@{shown}", envelope(f"{local}@{domain}"), f"{local.casefold()}@{domain}")


def envelope(address: str) -> str:
    """The address, if it can stand alone between angle brackets of an SMTP command; raises UserError if not.

    A second lock behind `parse`: the standard library's quoting would send 'a@b, c@d' to the first of two.
    """
    if not _SAFE_ENVELOPE.fullmatch(address):
        raise _bad(address, "It has characters that a mail server would misread.")
    return address


def check_list(
    rows: Iterable[tuple[int, str]],
    *,
    suppressed: Container[str] = (),
    internal: bool = False,
    checkpoint: Callable[[], None] = lambda: None,
) -> CheckedList:
    """Sorts the rows (number and address) of a list into good ones and findings.

    `suppressed` holds keys of addresses that must get no mail. The first of several rows with one address is good.
    """
    good: list[tuple[int, Address]] = []
    findings: list[Finding] = []
    first_rows: dict[str, int] = {}
    for count, (row, text) in enumerate(rows):
        if count % 256 == 0:
            checkpoint()
        shown = text.strip()
        if not shown:
            findings.append(Finding(row, "empty", "", "There is no address in this row."))
            continue
        try:
            address = parse(shown, internal=internal)
        except UserError as error:
            findings.append(Finding(row, "bad", shown, error.message))
            continue
        if address.key in first_rows:
            sentence = f"The same address is in row {first_rows[address.key]} already."
            findings.append(Finding(row, "duplicate", address.text, sentence))
            continue
        first_rows[address.key] = row
        if address.key in suppressed:
            findings.append(
                Finding(row, "suppressed", address.text, "This address is on the list of those not to mail.")
            )
            continue
        good.append((row, address))
    return CheckedList(tuple(good), tuple(findings))


def _bad(text: str, why: str) -> UserError:
    shown = text if len(text) <= 80 else text[:77] + "..."
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown)
    return UserError("mail.address", f"“{printable}” is not an e-mail address: {why}", "Correct it in the list.")
