"""Sealing of data: AES-256 in counter mode and Poly1305-AES (Bernstein 2005), and the password's key files.

A sealed piece is `IV (16) || ciphertext || MAC (16)`. The one-time key of Poly1305 is `r || AES_k(IV)`.
"""

import base64
import binascii
import hashlib
import json
import os
import threading
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB
from cryptography.hazmat.primitives.poly1305 import Poly1305

from backend.lib.restic.errors import DamagedError, WrongPasswordError

Bytes = bytes | bytearray | memoryview
OVERHEAD = 32
_DRAWN = 4096
_R_MASK = bytes.fromhex("ffffff0ffcffff0ffcffff0ffcffff0f")
_MOST_SCRYPT_MEMORY = 1 << 30
_MOST_SCRYPT_WORK = 1 << 31


@dataclass(frozen=True)
class Kdf:
    """The cost of guessing a password (scrypt's N, r, p). The default takes about half a second."""

    n: int = 1 << 15
    r: int = 8
    p: int = 4


class Key:
    """A master key or one made from a password. Safe to use from several threads."""

    def __init__(self, encrypt: bytes, mac_k: bytes, mac_r: bytes) -> None:
        if (len(encrypt), len(mac_k), len(mac_r)) != (32, 16, 16):
            raise ValueError("a key has 32, 16 and 16 bytes")
        self.encrypt = encrypt
        self.mac_k = mac_k
        self.mac_r = mac_r
        self._local = threading.local()

    @classmethod
    def random(cls) -> "Key":
        """A new key from the system's random source."""
        masked = bytes(a & b for a, b in zip(os.urandom(16), _R_MASK, strict=True))
        return cls(os.urandom(32), os.urandom(16), masked)

    def seal(self, data: Bytes) -> bytearray:
        """The sealed piece; 32 bytes longer than `data`."""
        stream, block = self._contexts()
        iv = self._random()
        stream.reset_nonce(iv)
        size = len(data)
        sealed = bytearray(size + OVERHEAD)
        sealed[:16] = iv
        with memoryview(sealed) as view:
            stream.update_into(data, view[16:])
            sealed[16 + size :] = Poly1305.generate_tag(self.mac_r + block.update(iv), view[16 : 16 + size])
        return sealed

    def unseal(self, sealed: Bytes) -> memoryview:
        """The data; raises ValueError where it was not sealed with this key or has been changed."""
        return self.unseal_into(sealed, memoryview(bytearray(len(sealed))))

    def unseal_into(self, sealed: Bytes, room: memoryview) -> memoryview:
        """The same, in the beginning of `room`, which is as long as `sealed`."""
        size = len(sealed) - OVERHEAD
        if size < 0:
            raise ValueError("too short")
        stream, block = self._contexts()
        with memoryview(sealed) as view, view[16 : 16 + size] as body:
            iv = bytes(view[:16])
            try:
                Poly1305.verify_tag(self.mac_r + block.update(iv), body, bytes(view[16 + size :]))
            except InvalidSignature:
                raise ValueError("the signature does not match") from None
            stream.reset_nonce(iv)
            stream.update_into(body, room)
        return room[:size]

    def to_json(self) -> bytes:
        """The key as restic keeps it inside a key file."""
        mac = {"k": _b64(self.mac_k), "r": _b64(self.mac_r)}
        return json.dumps({"mac": mac, "encrypt": _b64(self.encrypt)}, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: Bytes) -> "Key":
        """The key out of a key file's data."""
        found = json.loads(bytes(data))
        return cls(*(base64.b64decode(text) for text in (found["encrypt"], found["mac"]["k"], found["mac"]["r"])))

    def _random(self) -> bytes:
        """Sixteen bytes of the system's random source, which is asked for many at a time; a fork draws its own."""
        local, process = self._local, os.getpid()
        at: int = getattr(local, "at", 0)
        if at == 0 or local.process != process:
            local.drawn, local.process, at = os.urandom(_DRAWN), process, 0
        local.at = (at + 16) % _DRAWN
        return local.drawn[at : at + 16]

    def _contexts(self) -> tuple[CipherContext, CipherContext]:
        try:
            return self._local.contexts
        except AttributeError:
            stream = Cipher(AES(self.encrypt), CTR(bytes(16))).encryptor()
            block = Cipher(AES(self.mac_k), ECB()).encryptor()  # one block per nonce, as Poly1305-AES is defined
            self._local.contexts = (stream, block)
            return self._local.contexts


def make_key_file(master: Key, password: str, host: str, user: str, created: str, kdf: Kdf) -> bytes:
    """The contents of a key file: the master key, sealed with the password."""
    salt = os.urandom(64)
    sealed = _password_key(password, salt, kdf).seal(master.to_json())
    found = {
        "created": created,
        "username": user,
        "hostname": host,
        "kdf": "scrypt",
        "N": kdf.n,
        "r": kdf.r,
        "p": kdf.p,
        "salt": _b64(salt),
        "data": _b64(bytes(sealed)),
    }
    return json.dumps(found, separators=(",", ":")).encode()


def open_key_file(contents: bytes, password: str) -> Key:
    """The master key in a key file; raises WrongPasswordError or DamagedError."""
    try:
        found = cast(dict[str, Any], json.loads(contents))
        kdf = Kdf(int(found["N"]), int(found["r"]), int(found["p"]))
        salt = base64.b64decode(found["salt"], validate=True)
        data = base64.b64decode(found["data"], validate=True)
        if found["kdf"] != "scrypt":
            raise ValueError("an unknown way to make a key of the password")
        _check_cost(kdf)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise DamagedError("a key file", f"cannot be understood ({error})") from error
    try:
        plain = _password_key(password, salt, kdf).unseal(data)
    except ValueError:
        raise WrongPasswordError from None
    try:
        return Key.from_json(plain)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("a key file", "holds no key") from error


def _check_cost(kdf: Kdf) -> None:
    if kdf.n < 2 or kdf.n & (kdf.n - 1) or kdf.r < 1 or kdf.p < 1:
        raise ValueError("scrypt's numbers make no sense")
    if 128 * kdf.n * kdf.r > _MOST_SCRYPT_MEMORY or 128 * kdf.n * kdf.r * kdf.p > _MOST_SCRYPT_WORK:
        raise ValueError("scrypt's numbers ask for too much")


def _password_key(password: str, salt: bytes, kdf: Kdf) -> Key:
    memory = 128 * kdf.r * (kdf.n + kdf.p + 2) + (1 << 20)
    made = hashlib.scrypt(password.encode(), salt=salt, n=kdf.n, r=kdf.r, p=kdf.p, maxmem=memory, dklen=64)
    return Key(made[:32], made[32:48], made[48:])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
