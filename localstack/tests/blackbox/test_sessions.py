"""Sessions begin with a password, go on by refresh tokens that are good once, and end."""

from uuid import uuid4

import httpx
import pytest

from blackbox.accounts import PASSWORD, Accounts, person, sign_in
from blackbox.caller import Caller, gave, refused


def login(caller: Caller, name: str, password: str = PASSWORD) -> httpx.Response:
    return caller.post("/v1/users/login", {"usernameOrEmail": name, "password": password})


def refresh(caller: Caller, token: str) -> httpx.Response:
    return caller.post("/v1/users/token/refresh", {"refreshToken": token})


def ended(caller: Caller, token: str) -> None:
    refused(refresh(caller, token), 401, "invalid-refresh-token")


def test_registering_signs_in(anybody: Caller, accounts: Accounts) -> None:
    someone, token = accounts.register_with_session()
    profile = gave(someone.get("/v1/users/me"))
    assert (profile["role"], profile["status"]) == ("CUSTOMER", "ACTIVE")
    pair = gave(refresh(anybody, token))
    assert pair["tokenType"] == "Bearer"
    assert 0 < pair["expiresIn"] <= 15 * 60


@pytest.mark.parametrize("taken", ["username", "email"])
def test_a_name_is_taken_once_however_it_is_spelled(
    anybody: Caller, customer: Caller, taken: str
) -> None:
    theirs = gave(customer.get("/v1/users/me"))[taken]
    answer = anybody.post("/v1/users/register", person("twin") | {taken: theirs.upper()})
    refused(answer, 409, f"{taken}-taken")


@pytest.mark.parametrize("field", ["usernameOrEmail", "username", "email"])
def test_one_signs_in_by_username_or_email(anybody: Caller, customer: Caller, field: str) -> None:
    profile = gave(customer.get("/v1/users/me"))
    name = profile.get(field, profile["email"])
    session = gave(anybody.post("/v1/users/login", {field: name, "password": PASSWORD}))
    assert session["user"]["id"] == customer.user_id
    assert "password" not in str(session).lower()


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    anybody: Caller, customer: Caller
) -> None:
    known = refused(login(anybody, customer.name, "wrong pass phrase"), 401, "invalid-credentials")
    unknown = refused(
        login(anybody, f"nobody-{uuid4().hex}", "wrong pass phrase"), 401, "invalid-credentials"
    )
    assert known == unknown


def test_a_refresh_token_used_again_ends_its_whole_family(
    anybody: Caller, accounts: Accounts
) -> None:
    _, first = accounts.register_with_session()
    second = gave(refresh(anybody, first))["refreshToken"]
    third = gave(refresh(anybody, second))["refreshToken"]
    assert len({first, second, third}) == 3
    ended(anybody, first)
    ended(anybody, third)


def test_who_lost_the_answer_gets_another_pair_and_the_lost_one_is_good_for_nothing(
    anybody: Caller, accounts: Accounts
) -> None:
    _, token = accounts.register_with_session()
    lost = gave(refresh(anybody, token))["refreshToken"]
    found = gave(refresh(anybody, token))["refreshToken"]
    assert found != lost
    ended(anybody, lost)


def test_other_sessions_outlive_a_stolen_one(anybody: Caller, accounts: Accounts) -> None:
    someone, stolen = accounts.register_with_session()
    other = gave(login(anybody, someone.name))["refreshToken"]
    gave(refresh(anybody, gave(refresh(anybody, stolen))["refreshToken"]))
    ended(anybody, stolen)
    gave(refresh(anybody, other))


def test_a_session_ends_by_logout(anybody: Caller, accounts: Accounts) -> None:
    someone, token = accounts.register_with_session()
    assert someone.post("/v1/users/logout", {"refreshToken": token}).status_code == 204
    ended(anybody, token)


def test_nobody_ends_the_session_of_somebody_else(
    anybody: Caller, stranger: Caller, accounts: Accounts
) -> None:
    _, token = accounts.register_with_session()
    stranger.post("/v1/users/logout", {"refreshToken": token})
    gave(refresh(anybody, token))


@pytest.mark.parametrize("forged", ["forged", "A" * 43, "' OR 1=1--", "../x"])
def test_an_invented_refresh_token_is_a_401(anybody: Caller, forged: str) -> None:
    ended(anybody, forged)


def test_a_refresh_token_is_no_access_token(accounts: Accounts) -> None:
    someone, token = accounts.register_with_session()
    refused(someone.as_bearer_of(token).get("/v1/users/me"), 401, "unauthenticated")


@pytest.mark.parametrize("status", ["SUSPENDED", "INACTIVE"])
def test_who_is_suspended_or_inactive_is_out(
    anybody: Caller, administrator: Caller, accounts: Accounts, status: str
) -> None:
    someone, token = accounts.register_with_session()
    path = f"/v1/users/{someone.user_id}/status"
    assert gave(administrator.ask("PATCH", path, {"status": status}))["status"] == status
    ended(anybody, token)
    refused(login(anybody, someone.name), 401, "invalid-credentials")


def test_another_role_ends_the_sessions_of_the_one_before(
    anybody: Caller, administrator: Caller, accounts: Accounts
) -> None:
    someone, token = accounts.register_with_session()
    path = f"/v1/users/{someone.user_id}/role"
    gave(administrator.ask("PATCH", path, {"role": "EVENT_ORGANIZER"}))
    ended(anybody, token)


def test_another_password_ends_the_other_sessions(anybody: Caller, accounts: Accounts) -> None:
    someone, token = accounts.register_with_session()
    change = {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!"}
    assert someone.ask("PUT", "/v1/users/me/password", change).status_code == 204
    ended(anybody, token)
    refused(login(anybody, someone.name), 401, "invalid-credentials")
    gave(login(anybody, someone.name, PASSWORD + "!"))


def test_the_password_is_changed_by_who_knows_it(anybody: Caller, accounts: Accounts) -> None:
    someone = accounts.register()
    change = {"currentPassword": "wrong pass phrase", "newPassword": PASSWORD + "!"}
    answer = someone.ask("PUT", "/v1/users/me/password", change)
    refused(answer, 422, "wrong-password")
    gave(login(anybody, someone.name))


def test_who_deleted_himself_is_gone_with_his_name(
    connections: httpx.Client, anybody: Caller, accounts: Accounts, administrator: Caller
) -> None:
    someone, token = accounts.register_with_session()
    assert someone.ask("DELETE", f"/v1/users/{someone.user_id}").status_code == 204
    ended(anybody, token)
    refused(login(anybody, someone.name), 401, "invalid-credentials")
    left = gave(administrator.get(f"/v1/users/{someone.user_id}"))
    assert left["status"] == "DELETED"
    assert {left[name] for name in ("username", "email", "firstName", "lastName")} == {None}


def test_asking_for_a_reset_tells_nothing(anybody: Caller, customer: Caller) -> None:
    email = gave(customer.get("/v1/users/me"))["email"]
    answers = [
        anybody.post("/v1/users/password/forgot", {"email": each})
        for each in (email, f"nobody-{uuid4().hex}@example.com")
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content


def test_a_password_is_reset_only_by_a_token_that_was_mailed(anybody: Caller) -> None:
    body = {"token": "A" * 43, "newPassword": PASSWORD}
    refused(anybody.post("/v1/users/password/reset", body), 422, "invalid-reset-token")


def test_a_new_session_needs_the_right_password_every_time(
    connections: httpx.Client, customer: Caller
) -> None:
    first, second = (sign_in(connections, customer.name) for _ in range(2))
    assert first["refreshToken"] != second["refreshToken"]
    assert first["token"] != second["token"]
