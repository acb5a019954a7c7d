"""Which addresses may be connected to. Judged is the address itself, after the name was looked up."""

import ipaddress
from typing import Literal

Allowed = Literal["public", "private", "any"]
_EMBEDDING = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that stand for an IPv4 address in their last four bytes (RFC 6052)."""


class NotAllowed(Exception):
    """A name leads to an address that may not be connected to; `is_private`: one of the computer or its network."""

    def __init__(self, host: str, address: str, is_private: bool) -> None:
        super().__init__(f"{host} is {address}")
        self.host, self.address, self.is_private = host, address, is_private


def is_public(address: str) -> bool:
    """Whether it is one of the internet: not of this computer, its network, a test, or many receivers."""
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is None and parsed in _EMBEDDING:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if parsed.teredo is not None:
            return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def check(host: str, address: str, allowed: Allowed) -> None:
    """Raises NotAllowed for an address that this call may not go to."""
    public = is_public(address)
    if (allowed == "public" and not public) or (allowed == "private" and public):
        raise NotAllowed(host, address, not public)
