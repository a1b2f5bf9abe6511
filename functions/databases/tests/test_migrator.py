"""CloudFormation is answered whatever happens, and told the truth; an operator is told too."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from embedded.postgres import Postgres
from pydantic import ValidationError

from functions.databases.histories import revisions
from functions.databases.making import DOMAINS
from functions.databases.owner import Owner
from functions.shared.tests.deployed import load

EVENTS = Path(__file__).parents[3] / "events" / "databases"
CREATE = json.loads((EVENTS / "create.json").read_text())
TAKE_BACK = json.loads((EVENTS / "take_back.json").read_text())


@pytest.fixture(scope="session")
def migrator(aws_endpoint: str) -> ModuleType:
    return load(
        "functions.databases.migrator",
        {
            "CLUSTER_HOST": "nowhere.invalid",
            "CLUSTER_OWNER": "owner",
            "CLUSTER_OWNER_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:1:secret:owner",
        },
    )


@pytest.fixture
def told(migrator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Host, method, path and body of each answer."""
    answers: list[tuple[str, ...]] = []

    class Bucket:
        status = 200

        def __init__(self, host: str, timeout: float) -> None:
            self._host = host

        def request(self, *asked: str) -> None:
            answers.append((self._host, *asked))

        def getresponse(self) -> "Bucket":
            return self

        def close(self) -> None:
            answers[-1] = (*answers[-1], "closed")

    monkeypatch.setattr(migrator, "HTTPSConnection", Bucket)
    return answers


def answer(told: list[tuple[str, ...]]) -> dict[str, Any]:
    [(host, method, path, body, _closed)] = told
    assert method == "PUT"
    assert f"https://{host}{path}" == CREATE["ResponseURL"]
    document: dict[str, Any] = json.loads(body)
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        assert document[name] == CREATE[name]
    assert document["PhysicalResourceId"] == "databases"
    return document


def test_a_deployment_makes_the_databases_and_says_so(
    migrator: ModuleType, told: list[Any], owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrator, "owner", owner)
    migrator.handler(CREATE, None)
    found = answer(told)
    assert found["Status"] == "SUCCESS"
    assert found["Data"] == {domain: revisions(domain)[-1] for domain in DOMAINS}


def test_a_deployment_fails_with_the_reason_and_not_by_waiting(
    migrator: ModuleType, told: list[Any], server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_database: str) -> NoReturn:
        raise ConnectionError("The cluster is away. " * 1_000)

    monkeypatch.setattr(migrator, "owner", Owner(nobody))
    migrator.handler({**CREATE, "RequestType": "Update"}, None)
    found = answer(told)
    assert found["Status"] == "FAILED"
    assert found["Reason"].startswith("ConnectionError: The cluster is away.")
    assert len(json.dumps(found)) < 4_096


def test_deleting_the_stack_touches_no_data(migrator: ModuleType, told: list[Any]) -> None:
    """Nor the cluster, which may be gone by then."""
    migrator.handler({**CREATE, "RequestType": "Delete"}, None)
    assert answer(told)["Status"] == "SUCCESS"


def test_an_operator_takes_a_migration_back(
    migrator: ModuleType, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrator, "owner", owner)
    migrator.make_all(owner)
    assert migrator.handler(TAKE_BACK, None) == {
        "users": {"before": revisions("users")[-1], "after": "0001"}
    }


def test_what_is_neither_is_refused(migrator: ModuleType) -> None:
    for odd in ({}, {**TAKE_BACK, "task": "drop"}, {**CREATE, "RequestType": "Guess"}):
        with pytest.raises(ValidationError):
            migrator.handler(odd, None)


def test_an_answer_that_was_not_taken_is_a_fault(
    migrator: ModuleType, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that Lambda calls again, and CloudFormation hears in the end."""
    monkeypatch.setattr(migrator.HTTPSConnection, "status", 403)
    with pytest.raises(OSError, match="403"):
        migrator.handler({**CREATE, "RequestType": "Delete"}, None)
