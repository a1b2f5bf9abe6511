"""Whoever registers is a customer, signed in, and the only one of their name and address."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Client
from functions.users.tests.conftest import PASSWORD, person

Register = Callable[..., dict[str, Any]]


def test_a_registration_answers_with_the_user_and_a_session(register: Register) -> None:
    answer = register(phoneNumber="+91 98953 05694", zipCode="411001")
    assert set(answer) == {"token", "tokenType", "expiresIn", "refreshToken", "user"}
    assert (answer["tokenType"], answer["expiresIn"]) == ("Bearer", 900)
    user = answer["user"]
    assert user["createdAt"].endswith("Z")
    assert user == {
        "id": 1,
        "username": "ann",
        "email": "ann@mail.com",
        "firstName": "Ann",
        "lastName": "Other",
        "phoneNumber": "+91 98953 05694",
        "address": None,
        "city": None,
        "state": None,
        "zipCode": "411001",
        "country": None,
        "role": "CUSTOMER",
        "status": "ACTIVE",
        "createdAt": user["createdAt"],
        "updatedAt": user["createdAt"],
        "lastLoginAt": None,
    }


def test_who_registers_is_signed_in(client: Client, register: Register) -> None:
    answer = register()
    me = client("GET", "/v1/users/me", token=answer["token"])
    assert (me.status, me.body) == (200, answer["user"])


def test_snake_case_is_understood_too(client: Client) -> None:
    body = person()
    body |= {"first_name": body.pop("firstName"), "last_name": body.pop("lastName")}
    answer = client("POST", "/v1/users/register", body)
    assert (answer.status, answer.body["user"]["firstName"]) == (201, "Ann")


@pytest.mark.parametrize("username", ["ann", "ANN", " Ann "])
def test_a_username_is_taken_in_any_spelling(
    client: Client, register: Register, username: str
) -> None:
    register("ann")
    body = person("bob") | {"username": username}
    client("POST", "/v1/users/register", body).problem(409, "username-taken")


def test_an_address_is_taken_in_any_spelling(client: Client, register: Register) -> None:
    register("ann")
    body = person("bob", email="Ann@MAIL.com")
    client("POST", "/v1/users/register", body).problem(409, "email-taken")


def test_a_refused_registration_leaves_nothing_behind(
    client: Client, register: Register, engine: Engine
) -> None:
    register("ann")
    client("POST", "/v1/users/register", person("bob", email="ann@mail.com"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM refresh_tokens")).scalar_one() == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"username": "ab"}, "/username"),
        ({"username": "a" * 51}, "/username"),
        ({"username": "bob@mail.com"}, "/username"),
        ({"username": "an\x00n"}, "/username"),
        ({"email": "not an address"}, "/email"),
        ({"password": "1234567"}, "/password"),
        ({"password": "p" * 129}, "/password"),
        ({"firstName": " "}, "/firstName"),
        ({"lastName": None}, "/lastName"),
        ({"city": "Pu\x00ne"}, "/city"),
        ({"phoneNumber": "call me"}, "/phoneNumber"),
        ({"role": "ADMIN"}, "/role"),
        ({"status": "ACTIVE"}, "/status"),
    ],
)
def test_a_bad_field_is_named(client: Client, changed: dict[str, Any], pointer: str) -> None:
    answer = client("POST", "/v1/users/register", person() | changed)
    assert answer.faults() == {pointer}


def test_a_missing_field_is_named(client: Client) -> None:
    body = person()
    del body["email"]
    assert client("POST", "/v1/users/register", body).faults() == {"/email"}


def test_neither_the_password_nor_the_refresh_token_is_stored(
    register: Register, engine: Engine
) -> None:
    answer = register()
    with engine.begin() as connection:
        stored = connection.execute(text("SELECT password_hash FROM users")).scalar_one()
        kept = connection.execute(text("SELECT refresh_tokens::text FROM refresh_tokens"))
        row = kept.scalar_one()
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored
    assert answer["refreshToken"] not in row


def test_a_registration_is_counted_once(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    counted = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert len(counted) == 1
    assert '"user_registrations_total":[1.0]' in counted[0].replace(" ", "")
