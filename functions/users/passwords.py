"""Passwords: hashed with argon2id, and checked at the same cost whether or not there is a user."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

MIN_LENGTH: Final = 8
# argon2 takes any length, of which every byte counts, unlike bcrypt's first 72; a bound of our own
# keeps a megabyte of password from being hashed. What is longer is a 422.
MAX_LENGTH: Final = 128

# OWASP's smallest argon2id setting: 19 MiB, two passes, one lane. Measured in November 2026 on an
# AMD EPYC: 22 ms of a core's time; on the 0.58 of a core that Lambda gives 1,024 MB, 38 ms by
# computation and 50 ms by the clock, under a cgroup's quota of 11.6 ms in each 20 (medians of 30).
# Its double, 46 MiB in one pass, took 65, 112 and 168. `make bench ARGS=sign-in` measures again.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# The hash of 256 random bits that were thrown away, at the cost of every new hash.
NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$RsMvMJMuuvP6ZEQ92w0xXg$"
    "qQI1QeThfTl5YVz4md0F1NMZGsj4bfH4HSzA+WYpLRg"
)


def hash_password(password: str) -> str:
    """A salted hash in the PHC string format, which carries its own parameters."""
    return _HASHER.hash(_canonical(password))


def is_right(stored_hash: str | None, password: str) -> bool:
    """Whether the password is the stored one. No hash is never right, at the same cost."""
    try:
        _HASHER.verify(stored_hash or NOBODYS_HASH, _canonical(password))
    except VerifyMismatchError:
        return False
    return stored_hash is not None


def needs_rehash(stored_hash: str) -> bool:
    """Whether it was made with other parameters than a hash made now."""
    return _HASHER.check_needs_rehash(stored_hash)


def _canonical(password: str) -> str:
    # The same password typed on another keyboard may be composed otherwise (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", password)
