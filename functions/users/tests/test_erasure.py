"""A closed account leaves its id, and nothing that tells whose it was, in any table."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Answer, Client
from functions.users import password_resets
from functions.users.password_resets import Mail
from functions.users.store import metadata
from functions.users.tests.conftest import RESET_PAGE, person

Register = Callable[..., dict[str, Any]]
PERSONAL = {
    "firstName": "Kanarina",
    "lastName": "Kanarovna",
    "phoneNumber": "020 4711 0815",
    "address": "9 Kanary Row",
    "city": "Kanarypur",
    "state": "Kanarystan",
    "zipCode": "kan 411",
    "country": "Kanaria",
}
TRACES = ("kana", "4711", "kan 411", "argon2")


@pytest.fixture
def kept(engine: Engine) -> Callable[[], str]:
    """Every row of every table, as text."""

    def kept() -> str:
        with engine.begin() as connection:
            return "\n".join(
                f"{table.name}: {json.dumps(row)}"
                for table in metadata.sorted_tables
                for row in connection.scalars(text(f"SELECT to_jsonb(t) FROM {table.name} t"))
            ).lower()

    return kept


@pytest.mark.parametrize("typed", ["kanary@mail.com", "KANARY@Mail.com"])
def test_nothing_is_left_of_a_person_in_any_table(
    client: Client,
    register: Register,
    login: Callable[..., Answer],
    kept: Callable[[], str],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
) -> None:
    monkeypatch.setattr(client.module, "send_off", lambda *_: None)
    registered = register("kanary", **PERSONAL)
    mails: list[Mail] = []

    def send(mail: Mail) -> None:
        mails.append(mail)

    password_resets.mail_reset(engine, send, RESET_PAGE, "kanary@mail.com", datetime.now(UTC))
    login("kanary", "a wrong one")
    client("POST", "/v1/users/password/forgot", {"email": typed})
    before = kept()
    assert [trace for trace in TRACES if trace not in before] == []
    for table in ("outbox", "password_resets", "refresh_tokens"):
        assert f"{table}: " in before
    path = f"/v1/users/{registered['user']['id']}"
    assert client("DELETE", path, token=registered["token"]).status == 204
    after = kept()
    assert [trace for trace in TRACES if trace in after] == []
    for table in ("outbox", "password_resets", "refresh_tokens"):
        assert f"{table}: " not in after
    assert client("POST", "/v1/users/register", person("kanary", **PERSONAL)).status == 201


def test_what_others_asked_for_is_left_alone(
    client: Client, register: Register, kept: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.module, "send_off", lambda *_: None)
    token = register("ann")["token"]
    register("bob")
    for name in ("ann", "bob"):
        client("POST", "/v1/users/password/forgot", {"email": f"{name}@mail.com"})
    client("DELETE", "/v1/users/1", token=token)
    outbox = [line for line in kept().splitlines() if line.startswith("outbox")]
    assert len(outbox) == 1
    assert "bob@mail.com" in outbox[0]


def test_a_mailbox_that_had_its_share_may_be_a_new_users(
    client: Client, register: Register, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit was the person's who had the address."""
    monkeypatch.setattr(client.module, "send_off", lambda *_: None)
    for _ in range(2):
        registered = register("ann")
        for _ in range(3):
            client("POST", "/v1/users/password/forgot", {"email": "ann@mail.com"})
        with engine.begin() as connection:
            queued = connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()
        assert queued == 3
        path = f"/v1/users/{registered['user']['id']}"
        client("DELETE", path, token=registered["token"])
