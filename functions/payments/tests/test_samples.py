"""Every sample in `events/payments/` is what its handler takes, or what is really told."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import ANY

import pytest

from functions.payments.cashier import Cashier
from functions.payments.tests.desk import NOW, announce
from functions.payments.tests.stand_ins import RecordedBus
from functions.payments.tests.stripe_peers import Said, ScriptedStripe
from functions.payments.tests.stripe_shapes import (
    CANCEL,
    CONFIRM,
    LIST_REFUNDS,
    NO_REFUNDS,
    REFUND,
    RETRIEVE,
    intent,
    refund,
)
from functions.shared.tests.deployed import LocalIssuer
from functions.shared.tests.gateway import FakeContext

SAMPLES = Path(__file__).parents[3] / "events" / "payments"
EVENTS = {"payment_succeeded", "payment_voided", "payment_refunded"}
# What comes from a provider and from queues; infra/tests/bundles tries them.
DELIVERED = {"webhook", "notice", "late_charge"}
# What each task answers to its sample, once the sample of collect_payment was taken.
TASKS: dict[str, tuple[str, Any]] = {
    "collect_payment": ("status", "SUCCESS"),
    "export_user": ("payments", ANY),
    "read_payment": ("status", "SUCCESS"),
    "refund_payment": ("status", "REFUNDED"),
    "relay_outbox": ("delivered", 0),
    "settle_payment": ("verdict", "CAPTURED"),
}
# The same of the function that reaches Stripe.
PROVIDER_TASKS = {
    "create_intent": ("status", "requires_confirmation"),
    "confirm_intent": ("status", "succeeded"),
    "retrieve_intent": ("status", "succeeded"),
    "cancel_intent": ("status", "canceled"),
    "find_refund": ("refundId", None),
    "refund_intent": ("refundId", "re_1"),
}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def test_there_is_a_sample_for_the_api_each_task_and_each_event(
    payments_tasks: ModuleType,
) -> None:
    assert set(payments_tasks.tasks.names) == set(TASKS)
    assert {path.stem for path in SAMPLES.iterdir()} == {
        "api",
        *TASKS,
        *PROVIDER_TASKS,
        *EVENTS,
        *DELIVERED,
    }


def test_the_api_takes_its_sample(
    payments_api: ModuleType, cashier: Cashier, issuer: LocalIssuer
) -> None:
    event = sample("api")
    order_id = json.loads(event["body"])["merchantOrderId"]
    announce(cashier, order_id, expires_at=NOW.replace(year=2100))
    bearer = f"Bearer {issuer.token(7)}"
    event["headers"]["authorization"] = bearer
    event["multiValueHeaders"]["authorization"] = [bearer]
    answer = payments_api.handler(event, FakeContext())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (201, "SUCCESS")
    assert answer["multiValueHeaders"]["X-Request-Id"] == ["sample-1"]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_each_task_takes_its_sample(payments_tasks: ModuleType, name: str) -> None:
    payments_tasks.handler(sample("collect_payment"), FakeContext())
    field, value = TASKS[name]
    assert payments_tasks.handler(sample(name), FakeContext())[field] == value


@pytest.mark.parametrize("name", sorted(PROVIDER_TASKS))
def test_each_task_of_the_provider_function_takes_its_sample(
    payments_provider: ModuleType, peer: ScriptedStripe, name: str
) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(RETRIEVE, intent("succeeded"))
    peer.says(CANCEL, intent("canceled"))
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, Said(200, refund()))
    assert set(payments_provider.tasks.names) == set(PROVIDER_TASKS)
    field, value = PROVIDER_TASKS[name]
    assert payments_provider.handler(sample(name), FakeContext())[field] == value


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_event_is_told_as_its_sample_shows(
    payments_tasks: ModuleType, bus: RecordedBus, name: str
) -> None:
    if name == "payment_voided":
        unpaid = sample("collect_payment") | {"paymentMethod": None}
        payments_tasks.handler(unpaid, FakeContext())
        payments_tasks.handler(sample("settle_payment"), FakeContext())
    else:
        payments_tasks.handler(sample("collect_payment"), FakeContext())
        payments_tasks.handler(sample("refund_payment"), FakeContext())
    shown = sample(name)
    assert shown["source"] == "boxoffice.payments"
    assert (shown["detail-type"], shown["detail"]) in bus.events
