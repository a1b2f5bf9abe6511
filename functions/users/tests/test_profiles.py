"""A profile is its owner's: nobody else but an administrator reads, changes or erases it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Answer, Client
from functions.users.tests.conftest import person

Register = Callable[..., dict[str, Any]]
PERSONAL = [
    "username",
    "email",
    "firstName",
    "lastName",
    "phoneNumber",
    "address",
    "city",
    "state",
    "zipCode",
    "country",
    "lastLoginAt",
]


def test_users_read_themselves_under_both_paths(client: Client, register: Register) -> None:
    ann = register()
    for path in ("/v1/users/me", "/v1/users/1"):
        answer = client("GET", path, token=ann["token"])
        assert (answer.status, answer.body) == (200, ann["user"])


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PUT", {"city": "Pune"}), ("DELETE", None)]
)
def test_somebody_elses_account_is_answered_as_an_absent_one(
    client: Client, register: Register, method: str, body: Any
) -> None:
    register("ann")
    token = register("bob")["token"]
    foreign = client(method, "/v1/users/1", body, token=token)
    absent = client(method, "/v1/users/999", body, token=token)
    foreign.problem(404, "not-found")
    assert foreign.body | {"instance": ""} == absent.body | {"instance": ""}
    assert client("POST", "/v1/users/register", person("ann")).status == 409


def test_an_administrator_reads_anybody(
    client: Client, register: Register, admin_token: str
) -> None:
    ann = register("ann")["user"]
    answer = client("GET", f"/v1/users/{ann['id']}", token=admin_token)
    assert (answer.status, answer.body) == (200, ann)
    client("GET", "/v1/users/999", token=admin_token).problem(404, "not-found")


@pytest.mark.parametrize("user_id", ["0", "-1", "2147483648", "ann"])
def test_an_id_is_a_positive_integer(client: Client, register: Register, user_id: str) -> None:
    token = register()["token"]
    assert client("GET", f"/v1/users/{user_id}", token=token).faults() == {"/user_id"}


def test_only_what_is_sent_changes(client: Client, register: Register) -> None:
    ann = register(city="Pune", country="India")
    answer = client("PUT", "/v1/users/1", {"firstName": "Anne", "city": None}, token=ann["token"])
    assert answer.status == 200
    assert answer.body == ann["user"] | {
        "firstName": "Anne",
        "city": None,
        "updatedAt": answer.body["updatedAt"],
    }
    assert answer.body["updatedAt"] > ann["user"]["updatedAt"]
    assert client("GET", "/v1/users/me", token=ann["token"]).body == answer.body


def test_a_whole_profile_can_be_put(client: Client, register: Register) -> None:
    token = register()["token"]
    profile = {
        "username": "anne",
        "email": "anne@mail.com",
        "firstName": "Anne",
        "lastName": "Else",
        "phoneNumber": "020 123",
        "address": "1 High Street",
        "city": "Pune",
        "state": "MH",
        "zipCode": "411001",
        "country": "India",
    }
    answer = client("PUT", "/v1/users/1", profile, token=token)
    assert {name: answer.body[name] for name in profile} == profile


def test_an_administrator_changes_anybodys_profile(
    client: Client, register: Register, admin_token: str
) -> None:
    user_id = register()["user"]["id"]
    answer = client("PUT", f"/v1/users/{user_id}", {"city": "Pune"}, token=admin_token)
    assert (answer.status, answer.body["city"]) == (200, "Pune")
    absent = client("PUT", "/v1/users/999", {"city": "Pune"}, token=admin_token)
    absent.problem(404, "not-found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "BOB"}, "username-taken"),
        ({"email": "bob@MAIL.com"}, "email-taken"),
        ({"city": "Pune", "email": "bob@mail.com"}, "email-taken"),
    ],
)
def test_a_change_never_takes_somebody_elses_name_or_address(
    client: Client, register: Register, changes: dict[str, str], code: str
) -> None:
    ann = register("ann")
    register("bob")
    client("PUT", "/v1/users/1", changes, token=ann["token"]).problem(409, code)
    assert client("GET", "/v1/users/me", token=ann["token"]).body == ann["user"]


def test_a_user_may_respell_their_own_name(client: Client, register: Register) -> None:
    token = register("ann")["token"]
    answer = client("PUT", "/v1/users/1", {"username": "Ann", "email": "ANN@mail.com"}, token=token)
    assert (answer.status, answer.body["username"]) == (200, "Ann")


def test_a_user_signs_in_by_the_new_name_only(
    client: Client, register: Register, login: Callable[..., Answer]
) -> None:
    token = register("ann")["token"]
    client("PUT", "/v1/users/1", {"username": "anne", "email": "anne@mail.com"}, token=token)
    assert login("anne").status == login("anne@mail.com").status == 200
    login("ann").problem(401, "invalid-credentials")
    login("ann@mail.com").problem(401, "invalid-credentials")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"username": None}, "/username"),
        ({"email": None}, "/email"),
        ({"firstName": None}, "/firstName"),
        ({"lastName": ""}, "/lastName"),
        ({"username": "a@b"}, "/username"),
        ({"email": "nowhere"}, "/email"),
        ({"role": "ADMIN"}, "/role"),
        ({"status": "ACTIVE"}, "/status"),
        ({"password": "another password"}, "/password"),
        ({"id": 2}, "/id"),
    ],
)
def test_what_is_no_profile_field_is_not_taken(
    client: Client, register: Register, changes: dict[str, Any], pointer: str
) -> None:
    token = register()["token"]
    assert client("PUT", "/v1/users/1", changes, token=token).faults() == {pointer}


def test_closing_an_account_erases_the_person_and_keeps_the_id(
    client: Client,
    register: Register,
    login: Callable[..., Answer],
    admin_token: str,
    engine: Engine,
) -> None:
    ann = register("ann", phoneNumber="020 123", city="Pune")
    login("ann")
    path = f"/v1/users/{ann['user']['id']}"
    answer = client("DELETE", path, token=ann["token"])
    assert (answer.status, answer.body) == (204, None)
    husk = client("GET", path, token=admin_token).body
    assert (husk["id"], husk["status"], husk["role"]) == (ann["user"]["id"], "DELETED", "CUSTOMER")
    assert {name: husk[name] for name in PERSONAL} == dict.fromkeys(PERSONAL)
    with engine.begin() as connection:
        query = text("SELECT users::text FROM users WHERE user_id = :id")
        row = connection.execute(query, {"id": ann["user"]["id"]}).scalar_one()
        sessions = text("SELECT token_hash FROM refresh_tokens WHERE user_id = :id")
        left = connection.execute(sessions, {"id": ann["user"]["id"]}).scalars().all()
    assert left == []
    assert not any(trace in row.lower() for trace in ("ann", "020", "pune", "argon2"))


def test_a_closed_account_is_absent_to_its_owner_and_its_sessions_are_over(
    client: Client, register: Register, admin_token: str
) -> None:
    ann = register("ann")
    path, token = f"/v1/users/{ann['user']['id']}", ann["token"]
    client("DELETE", path, token=token)
    for method, body in (("GET", None), ("PUT", {"city": "Pune"}), ("DELETE", None)):
        client(method, path, body, token=token).problem(404, "not-found")
    client("GET", "/v1/users/me", token=token).problem(404, "not-found")
    body = {"refreshToken": ann["refreshToken"]}
    refused = client("POST", "/v1/users/token/refresh", body)
    refused.problem(401, "invalid-refresh-token")


def test_a_closed_account_can_be_changed_by_nobody(
    client: Client, register: Register, admin_token: str
) -> None:
    ann = register("ann")
    path = f"/v1/users/{ann['user']['id']}"
    assert client("DELETE", path, token=admin_token).status == 204
    for method, suffix, body in (
        ("PUT", "", {"city": "Pune"}),
        ("DELETE", "", None),
        ("PATCH", "/status", {"status": "ACTIVE"}),
        ("PATCH", "/role", {"role": "ADMIN"}),
    ):
        client(method, path + suffix, body, token=admin_token).problem(404, "not-found")


def test_the_name_and_address_of_a_closed_account_are_free_again(
    client: Client, register: Register
) -> None:
    for _ in range(2):
        ann = register("ann")
        client("DELETE", f"/v1/users/{ann['user']['id']}", token=ann["token"])
    assert register("ann")["user"]["id"] == 3
