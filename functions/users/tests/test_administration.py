"""Administrators find users, let them in or not, and give them roles."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from functions.shared.pagination import encode_cursor
from functions.shared.tests.deployed import Answer, Client

Register = Callable[..., dict[str, Any]]
Listing = Callable[..., list[str]]


@pytest.fixture
def names(client: Client, admin_token: str) -> Listing:
    """The usernames a list answers with."""

    def names(**query: Any) -> list[str]:
        answer = client("GET", "/v1/users", query=query, token=admin_token)
        assert answer.status == 200, answer.body
        return [user["username"] for user in answer.body["items"]]

    return names


def test_users_are_listed_by_id_whole(
    client: Client, register: Register, admin_token: str, names: Listing
) -> None:
    ann = register("ann")
    register("bob")
    answer = client("GET", "/v1/users", token=admin_token)
    assert names() == ["admin", "ann", "bob"]
    assert answer.body["items"][1] == ann["user"]
    assert answer.body["nextCursor"] is None


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ANN", ["ann", "joanna"]),
        ("mail.com", ["admin", "ann", "joanna"]),
        ("Smith", ["joanna"]),
        ("@example", []),
    ],
)
def test_a_search_is_part_of_a_name_or_an_address(
    register: Register, names: Listing, search: str, found: list[str]
) -> None:
    register("ann", firstName="A", lastName="B")
    register("joanna", firstName="Jo", lastName="Smith")
    assert names(search=search) == found


def test_wildcards_in_a_search_are_letters(register: Register, names: Listing) -> None:
    register("ann", lastName="50% off")
    register("bob", lastName="50 coins off")
    register("a_b", lastName="Under/score")
    assert names(search="50%") == ["ann"]
    assert names(search="a_b") == ["a_b"]
    assert names(search="r/s") == ["a_b"]


def test_users_are_found_by_status_and_role(
    client: Client, register: Register, admin_token: str, names: Listing
) -> None:
    suspended = register("ann")["user"]["id"]
    register("bob")
    promoted = register("cid")["user"]["id"]
    client("PATCH", f"/v1/users/{suspended}/status", {"status": "SUSPENDED"}, token=admin_token)
    client("PATCH", f"/v1/users/{promoted}/role", {"role": "EVENT_ORGANIZER"}, token=admin_token)
    assert names(status="SUSPENDED") == ["ann"]
    assert names(status="ACTIVE", role="CUSTOMER") == ["bob"]
    assert names(role="EVENT_ORGANIZER") == ["cid"]
    assert names(role="EVENT_ORGANIZER", status="SUSPENDED") == []
    assert names(status="ACTIVE", search="ci") == ["cid"]


def test_pages_follow_each_other_without_gap_or_repeat(
    client: Client, register: Register, admin_token: str
) -> None:
    for number in range(4):
        register(f"user{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        page = client("GET", "/v1/users", query={"limit": 2} | cursor, token=admin_token).body
        seen += [user["username"] for user in page["items"]]
        pages += 1
        # Who registers meanwhile shifts nothing.
        if pages == 1:
            register("late")
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == ["admin", "user0", "user1", "user2", "user3", "late"]
    assert pages == 3


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"status": "ASLEEP"}, "/status"),
        ({"role": "KING"}, "/role"),
        ({"search": "a\x00"}, "/search"),
        ({"cursor": "nonsense"}, "/cursor"),
        ({"cursor": encode_cursor({"userId": 2**40})}, "/cursor"),
        ({"cursor": encode_cursor({"eventId": 1})}, "/cursor"),
    ],
)
def test_a_bad_query_is_named(
    client: Client, admin_token: str, query: dict[str, Any], pointer: str
) -> None:
    answer = client("GET", "/v1/users", query=query, token=admin_token)
    assert answer.faults() == {pointer}


def test_a_role_is_in_force_from_the_next_token_on(
    client: Client, register: Register, admin_token: str, login: Callable[..., Answer]
) -> None:
    user = register()["user"]
    path = f"/v1/users/{user['id']}/role"
    answer = client("PATCH", path, {"role": "EVENT_ORGANIZER"}, token=admin_token)
    assert answer.status == 200
    assert answer.body == user | {
        "role": "EVENT_ORGANIZER",
        "updatedAt": answer.body["updatedAt"],
    }
    claims = jwt.decode(login().body["token"], options={"verify_signature": False})
    assert claims["role"] == "EVENT_ORGANIZER"


def test_a_status_is_answered_and_kept(
    client: Client, register: Register, admin_token: str
) -> None:
    user = register()["user"]
    path = f"/v1/users/{user['id']}"
    answer = client("PATCH", f"{path}/status", {"status": "INACTIVE"}, token=admin_token)
    assert (answer.status, answer.body["status"]) == (200, "INACTIVE")
    assert client("GET", path, token=admin_token).body == answer.body


@pytest.mark.parametrize(
    ("what", "value"), [("status", "DELETED"), ("status", "ASLEEP"), ("role", "KING")]
)
def test_nobody_is_given_what_there_is_not(
    client: Client, register: Register, admin_token: str, what: str, value: str
) -> None:
    user_id = register()["user"]["id"]
    answer = client("PATCH", f"/v1/users/{user_id}/{what}", {what: value}, token=admin_token)
    assert answer.faults() == {f"/{what}"}


@pytest.mark.parametrize(("what", "value"), [("status", "ACTIVE"), ("role", "ADMIN")])
def test_a_user_who_is_not_there_is_given_nothing(
    client: Client, admin_token: str, what: str, value: str
) -> None:
    answer = client("PATCH", f"/v1/users/999/{what}", {what: value}, token=admin_token)
    answer.problem(404, "not-found")


def test_a_deleted_user_is_found_by_status_alone(
    client: Client, register: Register, admin_token: str
) -> None:
    user_id = register("ann")["user"]["id"]
    client("DELETE", f"/v1/users/{user_id}", token=admin_token)

    def found(**query: Any) -> list[int]:
        items = client("GET", "/v1/users", query=query, token=admin_token).body["items"]
        return [user["id"] for user in items]

    assert found(status="DELETED") == [user_id]
    assert found(status="DELETED", role="CUSTOMER") == [user_id]
    for query in ({"search": "ann"}, {"status": "DELETED", "search": "a"}, {"status": "ACTIVE"}):
        assert user_id not in found(**query)
