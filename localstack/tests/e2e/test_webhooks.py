"""A charge that is decided after its answer: told by a signed webhook, acted on behind a queue."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from embedded.stack import RunningStack
from sqlalchemy import select

from e2e.client import Client, connections, eventually, hall, ok, problem, register
from functions.payments.domain import attempt_key_of
from functions.payments.providers.notices import capture_notice
from functions.payments.providers.port import Answer
from functions.payments.providers.signatures import sign
from functions.payments.store.tables import notices

# The simulator takes half a minute; a reminder comes a second later.
LATE_SECONDS = 90


@pytest.fixture(scope="module")
def secret(stack: RunningStack) -> str:
    """What the simulator signs with."""
    manager = stack.client("secretsmanager")
    for known in manager.list_secrets()["SecretList"]:
        if "webhooks" in known.get("Description", ""):
            said = manager.get_secret_value(SecretId=known["ARN"])["SecretString"]
            return str(json.loads(said)["simulator"])
    raise AssertionError("nobody has made the secret")


def tell(url: str, body: str, signature: str, provider: str = "simulator") -> httpx.Response:
    headers = {"Content-Type": "application/json", "Simulator-Signature": signature}
    path = f"{url}/v1/payments/webhook/{provider}"
    return connections().post(path, content=body, headers=headers)


def taken(stack: RunningStack, notice_id: str) -> int:
    """How often payments has acted on a notice."""
    engine = stack.databases["payments"].engine()
    with engine.connect() as connection:
        found = connection.execute(select(notices).where(notices.c.notice_id == notice_id)).all()
    engine.dispose()
    return len(found)


def test_a_late_charge_confirms_the_order_by_itself(
    organizer: Client, url: str, stack: RunningStack
) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    waiting = buyer.charge(order, "tok_late")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "PENDING")
    problem(buyer.charge(order), 409, "attempt-open")
    buyer.order_once(order["orderId"], "CONFIRMED", seconds=LATE_SECONDS)
    notice_id = f"captured-{attempt_key_of(order['orderId'], 1)}"
    eventually(lambda: taken(stack, notice_id), lambda count: count == 1, LATE_SECONDS)
    [payment] = ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"]
    assert payment["status"] == "SUCCESS"


def test_a_notice_is_acted_on_once_however_often_it_comes(
    organizer: Client, url: str, stack: RunningStack, secret: str
) -> None:
    """The provider's answer got lost; its notice says first that it has charged."""
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    assert buyer.charge(order, "tok_timeout_after").status_code == 202
    body = notice(order)
    for _ in range(3):
        assert tell(url, body, sign(body, secret, datetime.now(UTC))).json() == {"received": True}
    buyer.order_once(order["orderId"], "CONFIRMED")
    notice_id = json.loads(body)["id"]
    eventually(lambda: taken(stack, notice_id), lambda count: count == 1)
    [payment] = ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"]
    assert (payment["status"], payment["refundedCents"]) == ("SUCCESS", 0)


def test_nobody_else_speaks_for_the_provider(organizer: Client, url: str, secret: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    assert buyer.charge(order, "tok_timeout_before").status_code == 202
    body, now = notice(order), datetime.now(UTC)
    problem(tell(url, body, sign(body, str(uuid4()), now)), 400, "bad-signature")
    old = sign(body, secret, now - timedelta(seconds=301))
    problem(tell(url, body, old), 400, "bad-signature")
    problem(tell(url, body + " ", sign(body, secret, now)), 400, "bad-signature")
    problem(tell(url, body, sign(body, secret, now), "paypal"), 404, "not-found")
    problem(connections().get(f"{url}/v1/payments/webhook/simulator"), 405, "method-not-allowed")
    [payment] = ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"]
    assert payment["status"] == "PENDING"


def notice(order: dict[str, Any]) -> str:
    key = attempt_key_of(order["orderId"], 1)
    captured = Answer.captured("sim_1", order["totalCents"], order["currency"])
    return json.dumps(capture_notice(key, captured, datetime.now(UTC)))
