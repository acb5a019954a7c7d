"""The random irreducible polynomial over GF(2) that restic's chunker wants in every configuration.

Deskhand cuts with another chunker; restic needs the polynomial to go on in a repository Deskhand made.
"""

import secrets

_DEGREE = 53


def random_polynomial() -> int:
    """An irreducible polynomial of degree 53; bit n is the coefficient of x^n."""
    while True:
        candidate = secrets.randbits(_DEGREE) | 1 << _DEGREE | 1
        if is_irreducible(candidate):
            return candidate


def is_irreducible(polynomial: int) -> bool:
    """Rabin's test (1980) for degree 53, a prime: x^(2^53) = x, and no common factor with x^2 + x."""
    if polynomial.bit_length() - 1 != _DEGREE:
        return False
    power = 2
    for _ in range(_DEGREE):
        power = _square(power, polynomial)
    return power == 2 and _gcd(polynomial, 0b110) == 1


def _square(value: int, modulus: int) -> int:
    spread = int(f"{value:b}".replace("0", "00").replace("1", "01"), 2)
    return _remainder(spread, modulus)


def _remainder(value: int, modulus: int) -> int:
    length = modulus.bit_length()
    while (excess := value.bit_length() - length) >= 0:
        value ^= modulus << excess
    return value


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, _remainder(a, b)
    return a
