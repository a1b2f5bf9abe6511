"""`ensure_administrator` makes an administrator once, and never out of somebody who is there."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from functions.shared.problems import ValidationFailed
from functions.shared.tests.deployed import Answer, Client
from functions.users.domain import EmailTaken, UsernameTaken
from functions.users.tests.conftest import ADMIN_PASSWORD

Register = Callable[..., dict[str, Any]]


@pytest.fixture
def ensure(users_tasks: ModuleType, client: Client) -> Callable[..., dict[str, Any]]:
    """The task, on an empty database."""
    payload = {
        "task": "ensure_administrator",
        "username": "admin",
        "email": "admin@localhost",
        "password": ADMIN_PASSWORD,
    }
    return lambda **changed: dict(users_tasks.handler(payload | changed, None))


def test_an_administrator_is_made_once(
    ensure: Callable[..., dict[str, Any]], login: Callable[..., Answer]
) -> None:
    assert ensure() == {"userId": 1, "created": True}
    assert ensure(username="ADMIN") == {"userId": 1, "created": False}
    signed_in = login("admin", ADMIN_PASSWORD)
    assert signed_in.body["user"]["role"] == "ADMIN"


def test_an_administrator_who_is_there_keeps_their_password(
    ensure: Callable[..., dict[str, Any]], login: Callable[..., Answer]
) -> None:
    ensure()
    ensure(password="another password")
    assert login("admin", ADMIN_PASSWORD).status == 200
    login("admin", "another password").problem(401, "invalid-credentials")


def test_who_took_the_name_first_is_not_promoted(
    ensure: Callable[..., dict[str, Any]], register: Register, client: Client
) -> None:
    token = register("admin")["token"]
    with pytest.raises(UsernameTaken):
        ensure()
    assert client("GET", "/v1/users/me", token=token).body["role"] == "CUSTOMER"


def test_an_address_that_is_taken_is_refused(
    ensure: Callable[..., dict[str, Any]], register: Register
) -> None:
    register("ann")
    with pytest.raises(EmailTaken):
        ensure(email="ann@mail.com")


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "a"},
        {"username": "a@b.c"},
        {"email": "x"},
        {"password": "short"},
    ],
)
def test_input_that_is_not_valid_is_refused(
    ensure: Callable[..., dict[str, Any]], changed: dict[str, str]
) -> None:
    with pytest.raises(ValidationFailed):
        ensure(**changed)


def test_the_password_is_in_no_refusal(
    ensure: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        ensure(password="canary")
    printed = capsys.readouterr()
    assert "canary" not in refusal.value.detail + printed.out + printed.err
