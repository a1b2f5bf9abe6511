"""Reading payments: one's own, one's event's, and nobody else's."""

from collections.abc import Callable

import pytest
from embedded.config import free_port
from sqlalchemy import make_url

from functions.payments import queries
from functions.payments.cashier import Cashier
from functions.payments.domain import payment_id_of
from functions.payments.providers import simulator
from functions.payments.tests.desk import AMOUNT, CUSTOMER, ORGANIZER, announce, settle
from functions.shared.postgres import create_pool
from functions.shared.problems import NotFound
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tokens import Role

Read = Callable[..., Answer]
VIEWERS = pytest.mark.parametrize(
    ("user_id", "role", "is_visible"),
    [
        (CUSTOMER, Role.CUSTOMER, True),
        (ORGANIZER, Role.EVENT_ORGANIZER, True),
        (99, Role.ADMIN, True),
        (99, Role.EVENT_ORGANIZER, False),
        (99, Role.CUSTOMER, False),
        # Organizing was this user's role once.
        (ORGANIZER, Role.CUSTOMER, False),
    ],
)


@pytest.fixture
def read(client: Client, issuer: LocalIssuer) -> Read:
    def read(
        path: str,
        user_id: int = CUSTOMER,
        role: Role = Role.CUSTOMER,
        query: dict[str, str] | None = None,
    ) -> Answer:
        return client("GET", path, token=issuer.token(user_id, role), query=query)

    return read


def test_a_payment_shows_what_the_contract_says(
    cashier: Cashier, read: Read, order_id: str
) -> None:
    payment = announce(cashier, order_id)
    answer = read(f"/v1/payments/{payment.payment_id}")
    assert (answer.status, answer.body) == (
        200,
        {
            "paymentId": payment_id_of(order_id),
            "merchantOrderId": order_id,
            "status": "PENDING",
            "amountCents": AMOUNT,
            "refundedCents": 0,
            "currency": "INR",
            "provider": None,
            "providerTxnId": None,
            "createdAt": "2026-05-01T20:00:00Z",
            "updatedAt": "2026-05-01T20:00:00Z",
        },
    )


def test_a_declined_payment_shows_as_failed(cashier: Cashier, read: Read, order_id: str) -> None:
    payment = announce(cashier, order_id, "card", simulator.DECLINED)
    assert read(f"/v1/payments/{payment.payment_id}").body["status"] == "FAILED"


@VIEWERS
def test_a_payment_is_its_customers_its_organizers_and_an_administrators(
    cashier: Cashier, read: Read, order_id: str, user_id: int, role: Role, is_visible: bool
) -> None:
    payment = announce(cashier, order_id)
    answer = read(f"/v1/payments/{payment.payment_id}", user_id, role)
    if is_visible:
        assert answer.body["paymentId"] == payment.payment_id
    else:
        answer.problem(404, "not-found")


@VIEWERS
@pytest.mark.parametrize("spelling", ["orderId", "order_id"])
def test_an_orders_payment_is_listed_for_whom_it_may_concern(
    cashier: Cashier,
    read: Read,
    order_id: str,
    user_id: int,
    role: Role,
    is_visible: bool,
    spelling: str,
) -> None:
    payment = announce(cashier, order_id)
    answer = read("/v1/payments", user_id, role, {spelling: order_id})
    found = [item["paymentId"] for item in answer.body["items"]]
    assert (answer.status, answer.body["nextCursor"]) == (200, None)
    assert found == ([payment.payment_id] if is_visible else [])


@pytest.mark.parametrize("query", [{}, {"orderId": ""}, {"orderId": "a\x00"}])
def test_listing_needs_an_order(read: Read, query: dict[str, str]) -> None:
    assert read("/v1/payments", query=query).faults() == {"/orderId"}


def test_a_payment_nobody_announced_is_not_shown(
    cashier: Cashier, read: Read, order_id: str
) -> None:
    settle(cashier, order_id)
    read(f"/v1/payments/{payment_id_of(order_id)}", 99, Role.ADMIN).problem(404, "not-found")


@pytest.mark.parametrize("payment_id", ["unknown", "p" * 100, "a\x00b"])
def test_a_payment_that_is_not_there_is_a_404(read: Read, payment_id: str) -> None:
    read(f"/v1/payments/{payment_id}", 99, Role.ADMIN).problem(404, "not-found")


def test_what_is_longer_than_any_payment_id_is_a_422(read: Read) -> None:
    assert read("/v1/payments/" + "p" * 101, 99, Role.ADMIN).faults() == {"/payment_id"}


def test_a_saga_reads_verdict_status_and_money(cashier: Cashier, order_id: str) -> None:
    with pytest.raises(NotFound):
        queries.describe_payment(cashier, order_id)
    announce(cashier, order_id, "card", simulator.TIMEOUT_AFTER)
    expected = {
        "paymentId": payment_id_of(order_id),
        "orderId": order_id,
        "status": "PENDING",
        "verdict": "PENDING",
        "voidReason": None,
        "amountCents": AMOUNT,
        "currency": "INR",
        "capturedCents": 0,
        "refundedCents": 0,
        "hasOpenAttempt": True,
        "refundStatus": None,
    }
    assert queries.describe_payment(cashier, order_id) == expected
    settle(cashier, order_id)
    assert queries.describe_payment(cashier, order_id) == expected | {
        "status": "SUCCESS",
        "verdict": "SUCCESS",
        "capturedCents": AMOUNT,
        "hasOpenAttempt": False,
    }


def test_health_reads_the_database(
    client: Client, cashier: Cashier, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client("GET", "/health/payments").body == {"status": "ok"}
    nowhere = create_pool(make_url(f"postgresql+pg8000://a:b@127.0.0.1:{free_port()}/c"))
    object.__setattr__(cashier, "engine", nowhere)
    client("GET", "/health/payments").problem(503, "service-unavailable")
