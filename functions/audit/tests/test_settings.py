"""Where the audit finds the stores, and what it says when nothing tells it."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from functions.audit.settings import NotConfigured, Settings, payments

GIVEN = {
    "AUDIT_SEATING_TABLE": "seating",
    "AUDIT_ORDERS_TABLE": "orders",
    "AUDIT_ROLE_ARN": "arn:aws:iam::1:role/auditor",
    "AUDIT_DATABASE_URL": "postgresql+pg8000://auditor@db/payments",
}


def test_the_environment_says_where_the_stores_are(tmp_path: Path) -> None:
    assert Settings.read(GIVEN, tmp_path) == Settings(*GIVEN.values())  # type: ignore[arg-type]


def test_a_running_stack_says_where_its_stores_are(tmp_path: Path) -> None:
    audit = Settings("s", "o", "r", "d", {"endpoint_url": "http://here"})
    (tmp_path / "stack.json").write_text(json.dumps({"url": "...", "audit": audit._asdict()}))
    assert Settings.read({}, tmp_path) == audit


def test_half_an_environment_is_refused_by_what_is_missing(tmp_path: Path) -> None:
    """So that nobody audits the stack on this machine and takes it for another."""
    (tmp_path / "stack.json").write_text(json.dumps({"audit": Settings("s", "o", "r", "d")}))
    half = {name: value for name, value in GIVEN.items() if name != "AUDIT_ROLE_ARN"}
    with pytest.raises(NotConfigured, match="AUDIT_ROLE_ARN"):
        Settings.read(half, tmp_path)


def test_without_a_stack_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="make up"):
        Settings.read({}, tmp_path)


SESSION = get_session()
SESSION.set_credentials("AKIDAUDITOR", "secret", "session-token")
SESSION.set_config_variable("region", "eu-central-1")


@pytest.mark.parametrize("password", ["", ":local"])
def test_a_database_without_a_password_is_opened_in_the_auditors_name(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql+pg8000://auditor{password}@db/payments"
    engine = payments(Settings("s", "o", "r", url), SESSION)
    asked: list[dict[str, Any]] = []

    def connect(**named: Any) -> None:
        asked.append(named)
        raise InterruptedError

    monkeypatch.setattr(engine.dialect, "connect", connect)
    with pytest.raises(InterruptedError):
        engine.connect()
    [named] = asked
    if password:
        assert (named["password"], "ssl_context" in named) == ("local", False)
    else:
        assert "Action=connect&DBUser=auditor" in named["password"]
        assert "AKIDAUDITOR" in named["password"]
        assert named["ssl_context"].check_hostname
