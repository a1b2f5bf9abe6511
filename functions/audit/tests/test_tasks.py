"""The scheduled audit counts what it finds, also that it found nothing, and logs each violation."""

import json
from types import ModuleType
from typing import Any

import pytest
from embedded.config import REPOSITORY, free_port
from embedded.databases import Database
from embedded.postgres import Postgres
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from functions.audit.settings import NotConfigured
from functions.audit.tests.house import House
from functions.shared.tests.deployed import load
from functions.shared.tests.gateway import FakeContext

SAMPLE = json.loads((REPOSITORY / "events/audit/audit_stores.json").read_text())
ROLE = "arn:aws:iam::000000000000:role/boxoffice-local-auditor"


def deployed(tables: dict[str, str], database_url: str) -> ModuleType:
    return load(
        "functions.audit.tasks",
        {
            "AUDIT_SEATING_TABLE": tables["seating"],
            "AUDIT_ORDERS_TABLE": tables["orders"],
            "AUDIT_ROLE_ARN": ROLE,
            "AUDIT_DATABASE_URL": database_url,
        },
    )


@pytest.fixture
def audit_tasks(
    tables: dict[str, str], engine: Engine, postgres: Postgres, payments_database: Database
) -> ModuleType:
    return deployed(tables, postgres.ensure_auditor(payments_database).url)


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The metrics in an invocation's log."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def logged(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [vars(one)["violation"] for one in caplog.records if one.msg == "promise broken"]


def test_an_audit_that_finds_nothing_says_that_it_looked(
    audit_tasks: ModuleType,
    house: House,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    house.book(1, 2)
    capsys.readouterr()
    answer = audit_tasks.handler(SAMPLE, FakeContext())
    metrics = counted(capsys)
    assert (metrics["audit_violations"], metrics["audits_total"]) == ([0], [1])
    assert logged(caplog) == []
    assert metrics["audit_seconds"][0] > 0
    assert (answer["found"], answer["read"]["orders"]) == (0, 1)


def test_each_violation_is_counted_and_logged_with_its_ids(
    audit_tasks: ModuleType,
    house: House,
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with engine.begin() as connection:
        for key in ("one", "two"):
            connection.execute(
                text(
                    "INSERT INTO simulator_charges (key, outcome, amount_cents, refunded_cents)"
                    " VALUES (:key, 'CAPTURED', 100, 0)"
                ),
                {"key": key},
            )
    monkeypatch.setattr("functions.audit.running.PAUSE_SECONDS", 0)
    monkeypatch.setattr(audit_tasks, "_TOLD", 1)
    answer = audit_tasks.handler(SAMPLE, FakeContext())
    violations = logged(caplog)
    # All are counted, though not all are told.
    assert (counted(capsys)["audit_violations"], answer["found"]) == ([2], 2)
    assert violations == answer["violations"]
    assert [(one["invariant"], one["ids"]) for one in violations] == [("I4", {"attempt": "one"})]


def test_stores_that_cannot_be_read_are_no_clean_audit(
    tables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    away = deployed(tables, f"postgresql+pg8000://auditor:no@127.0.0.1:{free_port()}/none")
    with pytest.raises(SQLAlchemyError):
        away.handler(SAMPLE, FakeContext())
    assert counted(capsys) == {}


def test_a_function_that_is_told_of_no_stores_does_not_start() -> None:
    with pytest.raises(NotConfigured, match="AUDIT_SEATING_TABLE"):
        load("functions.audit.tasks", {})
