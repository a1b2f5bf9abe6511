"""A password is checked at one cost, and its hash keeps up with the parameters."""

import statistics
import time

import pytest
from argon2 import PasswordHasher

from functions.users import passwords
from functions.users.passwords import NOBODYS_HASH, hash_password, is_right, needs_rehash


def test_a_password_is_right_for_its_own_hash_only() -> None:
    stored = hash_password("correct horse battery")
    assert is_right(stored, "correct horse battery")
    assert not is_right(stored, "correct horse batterz")
    assert not is_right(hash_password("another"), "correct horse battery")


def test_the_same_password_never_hashes_alike() -> None:
    assert hash_password("correct horse battery") != hash_password("correct horse battery")


def test_no_password_is_right_where_there_is_no_user() -> None:
    assert not is_right(None, "correct horse battery")


def test_not_even_the_password_of_nobodys_hash_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "NOBODYS_HASH", hash_password("correct horse battery"))
    assert not is_right(None, "correct horse battery")


def test_nobodys_hash_costs_what_every_new_hash_costs() -> None:
    assert not needs_rehash(NOBODYS_HASH)
    assert not needs_rehash(hash_password("correct horse battery"))


def test_an_absent_user_takes_as_long_as_a_wrong_password() -> None:
    stored = hash_password("correct horse battery")

    def seconds(stored_hash: str | None) -> float:
        started = time.process_time()
        is_right(stored_hash, "wrong")
        return time.process_time() - started

    known = statistics.median(seconds(stored) for _ in range(5))
    unknown = statistics.median(seconds(None) for _ in range(5))
    assert unknown == pytest.approx(known, rel=0.5)


def test_a_hash_of_other_parameters_is_right_and_due_for_a_new_one() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")
    assert is_right(weak, "correct horse battery")
    assert needs_rehash(weak)


def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    assert is_right(hash_password("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_the_length_is_bounded_on_both_sides() -> None:
    assert (passwords.MIN_LENGTH, passwords.MAX_LENGTH) == (8, 128)
