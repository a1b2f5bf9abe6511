"""The whole of it with Stripe for the cards: localstripe, which others made, plays its part."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from embedded.config import free_port
from embedded.settings import Settings
from embedded.stack import RunningStack
from own_stacks import own_stack
from sqlalchemy import select

from e2e.client import Client, connections, eventually, hall, ok, problem, register, sign_in
from e2e.conftest import ADMINISTRATOR
from functions.payments.store.tables import notices
from functions.payments.tests.stripe_peers import KEY, localstripe

CARD = "pm_card_visa"
BACK_SECONDS = 30


class Peer:
    """Stripe, which can go away and come back having forgotten everything."""

    def __init__(self) -> None:
        self._port = free_port()
        self._running = ExitStack()
        self.api = f"http://127.0.0.1:{self._port}"
        self.come_back()

    def come_back(self) -> None:
        assert self._running.enter_context(localstripe(self._port)) == self.api

    def go_away(self) -> None:
        self._running.close()

    def tell(self, stack: RunningStack) -> None:
        """From now on this stack is told of everything, signed with a secret that both know."""
        manager = stack.client("secretsmanager")
        [arn] = [
            known["ARN"]
            for known in manager.list_secrets()["SecretList"]
            if "sign their webhooks" in known.get("Description", "")
        ]
        shared = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
        shared["stripe"] = "whsec_old whsec_new"
        manager.put_secret_value(SecretId=arn, SecretString=json.dumps(shared))
        webhook = {"url": f"{stack.url}/v1/payments/webhook/stripe", "secret": "whsec_new"}
        httpx.post(f"{self.api}/_config/webhooks/boxoffice", json=webhook).raise_for_status()

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = httpx.get(
            f"{self.api}/v1/{path}", params=query, headers={"Authorization": f"Bearer {KEY}"}
        )
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    started = Peer()
    yield started
    started.go_away()


@pytest.fixture(scope="module")
def stripe_stack(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack that takes cards by Stripe; somebody has put the key in."""
    state: Path = tmp_path_factory.mktemp("stripe")
    settings = Settings(port=0, state=state, with_demo=False, stripe_api=peer.api)
    with own_stack(settings) as started:
        started.client("secretsmanager").put_secret_value(
            SecretId="boxoffice/local/stripe", SecretString=json.dumps({"apiKey": KEY})
        )
        yield started


@pytest.fixture(scope="module")
def shop(stripe_stack: RunningStack) -> Client:
    return sign_in(stripe_stack.url, *ADMINISTRATOR)


@pytest.fixture
def buyer(stripe_stack: RunningStack) -> Client:
    return register(stripe_stack.url)


def place(buyer: Client, event_id: int, seats: list[int]) -> dict[str, Any]:
    """An order that waits to be paid."""
    order = buyer.order(buyer.reserve(event_id, seats)["reservationId"])
    eventually(lambda: ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"], bool)
    return order


def payment_of(buyer: Client, order: dict[str, Any]) -> dict[str, Any]:
    [payment] = ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"]
    found: dict[str, Any] = payment
    return found


def test_a_booking_is_paid_by_stripe_and_refunded_by_it(
    shop: Client, buyer: Client, peer: Peer
) -> None:
    order = place(buyer, hall(shop), [1, 2])
    problem(buyer.charge(order, "tok_ok"), 422, "validation-failed")
    declined = problem(buyer.charge(order, "pm_card_chargeCustomerFail"), 402, "payment-declined")
    assert declined["detail"] == "Your card was declined."
    paid = buyer.charge(order, CARD).json()
    assert (paid["status"], paid["provider"]) == ("SUCCESS", "stripe")
    buyer.order_once(order["orderId"], "CONFIRMED")
    intents = {intent["id"]: intent for intent in peer.listed("payment_intents", limit=100)}
    taken = intents[paid["providerTxnId"]]
    assert (taken["amount"], taken["currency"]) == (order["totalCents"], "inr")

    refunded = buyer.post("/v1/refund", {"paymentId": paid["paymentId"]}, key=str(uuid4()))
    assert refunded.status_code == 201, refunded.text
    buyer.order_once(order["orderId"], "REFUNDED")
    back = peer.listed("refunds", payment_intent=paid["providerTxnId"])
    assert [refund["amount"] for refund in back] == [order["totalCents"]]


def test_an_order_that_comes_with_a_card_is_charged_at_once(shop: Client, buyer: Client) -> None:
    order = buyer.order(
        buyer.reserve(hall(shop), [1])["reservationId"],
        paymentMethod={"type": "card", "token": CARD},
    )
    buyer.order_once(order["orderId"], "CONFIRMED")
    assert payment_of(buyer, order)["provider"] == "stripe"


def test_while_stripe_is_away_nothing_is_begun_and_afterwards_all_goes_on(
    shop: Client, stripe_stack: RunningStack, buyer: Client, peer: Peer
) -> None:
    event_id = hall(shop)
    waiting = place(buyer, event_id, [1])
    others = [register(stripe_stack.url) for _ in range(5)]
    orders = [place(other, event_id, [seat]) for seat, other in enumerate(others, 2)]
    peer.go_away()
    for other, order in zip(others, orders, strict=True):
        assert charge_once(other, order).status_code == 202
    refusal = charge_once(buyer, waiting)
    problem(refusal, 503, "provider-unavailable")
    assert 1 <= int(refusal.headers["retry-after"]) <= 10
    assert payment_of(buyer, waiting)["status"] == "PENDING"
    at_the_door = shop.order(
        shop.reserve(event_id, [7])["reservationId"], paymentMethod={"type": "boxOffice"}
    )
    shop.order_once(at_the_door["orderId"], "CONFIRMED")

    peer.come_back()
    paid = eventually(
        lambda: charge_once(buyer, waiting),
        lambda answer: answer.status_code == 201,
        BACK_SECONDS,
    )
    assert paid.json()["provider"] == "stripe"
    buyer.order_once(waiting["orderId"], "CONFIRMED")


def test_what_stripe_tells_by_webhook_is_known_and_makes_no_difference(
    shop: Client, stripe_stack: RunningStack, buyer: Client, peer: Peer
) -> None:
    """Its answer had said the same before: the notice is taken, and is no news."""
    peer.tell(stripe_stack)
    order = place(buyer, hall(shop), [1])
    paid = buyer.charge(order, CARD).json()
    told = "payment_intent.succeeded"
    eventually(lambda: kinds_taken(stripe_stack), lambda kinds: told in kinds)
    assert payment_of(buyer, order) == paid
    buyer.order_once(order["orderId"], "CONFIRMED")


def kinds_taken(stack: RunningStack) -> list[str]:
    """Of the notices that payments has acted on."""
    engine = stack.databases["payments"].engine()
    with engine.connect() as connection:
        kinds = list(connection.execute(select(notices.c.kind)).scalars())
    engine.dispose()
    return kinds


def charge_once(buyer: Client, order: dict[str, Any]) -> httpx.Response:
    """Without asking again."""
    body = {
        "merchantOrderId": order["orderId"],
        "amountCents": order["totalCents"],
        "paymentMethod": {"type": "card", "token": CARD},
    }
    headers = buyer.headers | {"Idempotency-Key": str(uuid4())}
    return connections().post(f"{buyer.url}/v1/charge", json=body, headers=headers)
