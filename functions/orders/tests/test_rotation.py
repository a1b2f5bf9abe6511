"""The secret of ticket codes is rotated as Secrets Manager does it, and no ticket notices."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from functions.orders.ticket_codes import Admission, TicketSigner
from functions.shared import aws
from functions.shared.tests.deployed import load
from functions.shared.tests.gateway import FakeContext

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SAMPLE = Path(__file__).parents[3] / "events" / "orders" / "rotate_ticket_secret.json"
TICKET = Admission("6f0d9a3e-8a44-4b43-a86d-6d2a1f5f3c11", 9, 7)


@pytest.fixture(scope="session")
def rotation(aws_endpoint: str) -> ModuleType:
    return load("functions.orders.rotation", {})


@pytest.fixture
def store(aws_endpoint: str) -> "SecretsManagerClient":
    return aws.secrets()


@pytest.fixture
def secret(store: "SecretsManagerClient") -> Iterator[str]:
    """As CloudFormation makes it: one seed, and nothing else."""
    arn = store.create_secret(Name=f"tickets-{uuid4()}", SecretString="s" * 64)["ARN"]
    yield arn
    store.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


class Rotating:
    """One rotation, call by call."""

    def __init__(self, module: ModuleType, secret: str) -> None:
        self._module = module
        self._sent = json.loads(SAMPLE.read_text()) | {
            "SecretId": secret,
            "ClientRequestToken": str(uuid4()),
        }

    def __call__(self, *steps: str) -> None:
        for step in steps:
            self._module.handler(self._sent | {"Step": step}, FakeContext())


def seeds(store: "SecretsManagerClient", secret: str) -> list[str]:
    return store.get_secret_value(SecretId=secret)["SecretString"].split()


def signer(store: "SecretsManagerClient", secret: str) -> TicketSigner:
    """As it starts in a new copy of a function."""
    return TicketSigner(lambda: store.get_secret_value(SecretId=secret)["SecretString"])


def test_a_ticket_from_before_a_rotation_is_still_good_and_a_new_one_is_signed_anew(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    before = signer(store, secret).code_of(TICKET)
    Rotating(rotation, secret)(*STEPS)
    rotated = signer(store, secret)
    assert rotated.read(before) == TICKET
    assert rotated.code_of(TICKET) != before
    assert seeds(store, secret)[1:] == ["s" * 64]


def test_who_read_the_secret_before_a_rotation_knows_a_code_from_after_it(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    now = [0.0]
    gate = TicketSigner(
        lambda: store.get_secret_value(SecretId=secret)["SecretString"], lambda: now[0]
    )
    assert gate.read(gate.code_of(TICKET)) == TICKET
    Rotating(rotation, secret)(*STEPS)
    now[0] = 31
    assert gate.read(signer(store, secret).code_of(TICKET)) == TICKET


def test_until_it_is_finished_nothing_has_changed(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    Rotating(rotation, secret)(*STEPS[:-1])
    assert seeds(store, secret) == ["s" * 64]


def test_each_call_may_come_again(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    rotating = Rotating(rotation, secret)
    rotating("createSecret")
    rotating(*STEPS)
    after = seeds(store, secret)
    rotating("finishSecret")
    assert seeds(store, secret) == after
    assert len(after) == 2


def test_the_oldest_seed_goes_in_the_end(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    for _ in range(rotation.SEEDS_KEPT - 1):
        Rotating(rotation, secret)(*STEPS)
    assert seeds(store, secret)[-1] == "s" * 64
    Rotating(rotation, secret)(*STEPS)
    assert len(set(seeds(store, secret))) == rotation.SEEDS_KEPT
    assert "s" * 64 not in seeds(store, secret)


def test_a_secret_that_lost_its_seeds_is_refused(
    rotation: ModuleType, store: "SecretsManagerClient", secret: str
) -> None:
    rotating = Rotating(rotation, secret)
    rotating("createSecret")
    [pending] = [
        version
        for version, stages in store.describe_secret(SecretId=secret)["VersionIdsToStages"].items()
        if "AWSPENDING" in stages
    ]
    store.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSPENDING", RemoveFromVersionId=pending
    )
    other = Rotating(rotation, secret)
    store.put_secret_value(
        SecretId=secret,
        ClientRequestToken=other._sent["ClientRequestToken"],
        SecretString="another seed",
        VersionStages=["AWSPENDING"],
    )
    with pytest.raises(rotation.RotationError):
        other("testSecret")


def test_forged_codes_ask_for_the_secret_at_most_twice_a_minute() -> None:
    asked, now = [], [0.0]

    def fetch() -> str:
        asked.append(now[0])
        return "seed"

    gate = TicketSigner(fetch, lambda: now[0])
    forged = TicketSigner(lambda: "another").code_of(TICKET)
    for second in range(60):
        now[0] = float(second)
        assert gate.read(forged) is None
    assert asked == [0.0, 30.0]
