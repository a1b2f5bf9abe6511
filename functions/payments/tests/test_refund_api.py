"""POST /v1/refund as a client sees it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.payments.cashier import Cashier
from functions.payments.domain import (
    MoreThanCaptured,
    OrderNotConfirmed,
    RefundInProgress,
    RefundNotOffered,
    TicketUsed,
    payment_id_of,
    whole_refund_id_of,
)
from functions.payments.neighbours import Orders
from functions.payments.refund_machine import RefundMachine
from functions.payments.tests.desk import (
    AMOUNT,
    CUSTOMER,
    ORGANIZER,
    announce,
    money_at_the_provider,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, KnownOrders, RefundSaga
from functions.shared.problems import Conflict, Forbidden, IdempotencyKeyRequired, Problem
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tokens import Role

Refund = Callable[..., Answer]


class OrderNotRefundable(Conflict):
    """As it comes from orders, which payments does not know the classes of."""


@pytest.fixture
def refund(client: Client, issuer: LocalIssuer) -> Refund:
    """Asks for the refund of an order's payment, as its customer unless said otherwise."""

    def refund(
        order_id: str,
        key: str | None = None,
        user_id: int = CUSTOMER,
        role: Role = Role.CUSTOMER,
        **sent: Any,
    ) -> Answer:
        body = {"paymentId": payment_id_of(order_id)} | sent
        headers = {} if key is None else {"Idempotency-Key": key}
        token = issuer.token(user_id, role)
        return client("POST", "/v1/refund", body, token=token, headers=headers)

    return refund


@pytest.fixture
def paid(cashier: Cashier, orders: KnownOrders, order_id: str) -> str:
    """A confirmed order that is paid."""
    announce(cashier, order_id, "card")
    orders.add(order_id, CUSTOMER)
    return order_id


def test_a_refund_answers_what_was_paid_back(
    refund: Refund, saga: RefundSaga, cashier: Cashier, paid: str
) -> None:
    payment_id = payment_id_of(paid)
    refund_id = whole_refund_id_of(payment_id)
    answer = refund(paid, reason="cannot come")
    assert (answer.status, answer.body) == (
        201,
        {
            "paymentId": payment_id,
            "refundId": refund_id,
            "status": "REFUNDED",
            "amountCents": AMOUNT,
            "refundedCents": AMOUNT,
        },
    )
    ((arn, execution),) = saga.executions.items()
    assert arn.endswith(f":execution:boxoffice-test-refund:{refund_id}")
    assert execution["input"] == {
        "orderId": paid,
        "refundId": refund_id,
        "paymentId": payment_id,
        "seatIds": None,
        "amountCents": None,
        "reason": "cannot come",
        "force": False,
    }
    assert money_at_the_provider(cashier) == 0


def test_asking_twice_is_one_refund(
    refund: Refund, saga: RefundSaga, cashier: Cashier, paid: str
) -> None:
    first = refund(paid)
    assert refund(paid).body == first.body
    assert refund(paid, "another-key").body == first.body
    assert len(saga.executions) == 1


def test_parts_are_refunds_of_their_own_and_each_is_one(
    refund: Refund, saga: RefundSaga, cashier: Cashier, orders: KnownOrders, paid: str
) -> None:
    first, second = [ticket["ticketId"] for ticket in orders.orders[paid]["tickets"]]
    one = refund(paid, ticketIds=[first])
    other = refund(paid, ticketIds=[second])
    assert (one.body["amountCents"], one.body["refundedCents"]) == (1000, 1000)
    assert (other.body["amountCents"], other.body["refundedCents"]) == (1000, 2000)
    again = refund(paid, ticketIds=[first])
    assert again.body == one.body | {"refundedCents": 2000}
    assert len(saga.executions) == 2
    assert money_at_the_provider(cashier) == AMOUNT - 2000


def test_a_refund_that_is_done_is_not_started_again(
    refund: Refund, saga: RefundSaga, orders: KnownOrders, paid: str
) -> None:
    first = refund(paid)
    orders.closed.add(first.body["refundId"])
    # As when Step Functions has forgotten it: it keeps executions for 90 days.
    saga.executions.clear()
    assert refund(paid).body == first.body
    assert saga.executions == {}


@pytest.mark.parametrize(
    ("user_id", "role", "as_organizer"),
    [
        (CUSTOMER, Role.CUSTOMER, False),
        (CUSTOMER, Role.EVENT_ORGANIZER, False),
        (ORGANIZER, Role.EVENT_ORGANIZER, True),
        (99, Role.ADMIN, True),
    ],
)
def test_orders_is_told_who_asks_for_what(
    refund: Refund, orders: KnownOrders, paid: str, user_id: int, role: Role, as_organizer: bool
) -> None:
    tickets = [ticket["ticketId"] for ticket in orders.orders[paid]["tickets"]]
    sent = {"ticketIds": tickets[::-1], "amountCents": 12, "reason": "rain", "force": True}
    refund(paid, "key-1", user_id, role, **sent)
    assert orders.wishes == [
        {
            "orderId": paid,
            "paymentId": payment_id_of(paid),
            "ticketIds": tickets,
            "amountCents": 12,
            "reason": "rain",
            "asOrganizer": as_organizer,
            "force": True,
            "askedAs": f"{user_id}:key-1",
        }
    ]


def test_what_orders_refuses_is_refused_and_nothing_is_started(
    refund: Refund, saga: RefundSaga, orders: KnownOrders, paid: str
) -> None:
    def refused(refusal: Problem) -> Answer:
        orders.refusal = refusal
        return refund(paid, amountCents=AMOUNT - 1)

    answer = refused(OrderNotConfirmed("Wait.", retryAfter=1))
    answer.problem(409, "order-not-confirmed")
    assert answer.headers["Retry-After"] == "1"
    answer = refused(RefundInProgress("Wait.", retryAfter=2))
    answer.problem(409, "refund-in-progress")
    assert answer.headers["Retry-After"] == "2"
    refused(RefundNotOffered("Too late.")).problem(409, "refund-not-offered")
    assert refused(TicketUsed("In.", usedAt="noon")).problem(409, "ticket-used")["usedAt"] == "noon"
    refused(MoreThanCaptured("Too much.")).problem(409, "more-than-captured")
    refused(Forbidden("Not yours.")).problem(403, "forbidden")
    refused(IdempotencyKeyRequired("Send one.")).problem(400, "idempotency-key-required")
    refused(OrderNotRefundable("All gone.")).problem(409, "already-refunded")
    assert saga.executions == {}


def test_money_and_force_are_what_they_are_called(refund: Refund, paid: str) -> None:
    assert refund(paid, amountCents="12").faults() == {"/amountCents"}
    assert refund(paid, amountCents=1.0).faults() == {"/amountCents"}
    assert refund(paid, force="yes").faults() == {"/force"}
    assert refund(paid, ticketIds=[]).faults() == {"/ticketIds"}


def test_a_key_replays_the_first_answer_and_takes_no_other_body(refund: Refund, paid: str) -> None:
    first = refund(paid, "key-1")
    again = refund(paid, "key-1")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    refund(paid, "key-1", reason="other").problem(422, "idempotency-key-reused")
    refund(paid, "k" * 256).problem(400, "idempotency-key-required")


def test_a_refund_in_flight_with_this_key_is_a_409(
    refund: Refund, cashier: Cashier, paid: str
) -> None:
    refund(paid, "key-1")
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kept_answers SET status = NULL, body = NULL")
    refund(paid, "key-1").problem(409, "request-in-progress")


@pytest.mark.parametrize(
    ("user_id", "role", "status"),
    [
        (ORGANIZER, Role.EVENT_ORGANIZER, 201),
        (99, Role.ADMIN, 201),
        (99, Role.EVENT_ORGANIZER, 404),
        (99, Role.CUSTOMER, 404),
        (ORGANIZER, Role.CUSTOMER, 404),
    ],
)
def test_the_owner_the_organizer_and_an_administrator_may_refund(
    refund: Refund, paid: str, user_id: int, role: Role, status: int
) -> None:
    answer = refund(paid, user_id=user_id, role=role)
    assert answer.status == status
    if status == 404:
        answer.problem(404, "not-found")


def test_what_was_not_captured_is_not_refundable(
    refund: Refund, cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    refund(order_id).problem(409, "payment-not-refundable")
    settle(cashier, order_id)
    refund(order_id).problem(409, "payment-not-refundable")


def test_a_refund_that_takes_longer_is_pending(
    refund: Refund, saga: RefundSaga, cashier: Cashier, paid: str
) -> None:
    started: list[dict[str, Any]] = []
    saga.run = started.append
    saga.executions = Running()
    answer = refund(paid)
    assert (answer.status, answer.body["status"], answer.body["refundedCents"]) == (
        201,
        "PENDING",
        0,
    )
    assert len(started) == 1


def test_a_refund_that_was_parked_goes_on_when_asked_for_again(
    refund: Refund, saga: RefundSaga, provider: FlakyProvider, paid: str
) -> None:
    provider.down = True
    assert refund(paid).body["status"] == "PENDING"
    provider.down = False
    assert refund(paid).body["status"] == "REFUNDED"
    first, second = (arn.rpartition(":")[2] for arn in saga.executions)
    assert second == f"{first}-2"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("RefundRefused", "already-refunded"),
        ("TicketUsed", "ticket-used"),
    ],
)
def test_what_came_in_between_is_refused(
    refund: Refund, saga: RefundSaga, paid: str, error: str, code: str
) -> None:
    """Another refund had the tickets, or a gate let somebody in."""

    def refuse(_: dict[str, Any]) -> None:
        raise type(error, (Conflict,), {})("taken")

    saga.run = refuse
    refund(paid).problem(409, code)


def test_a_payment_nobody_knows_is_404(refund: Refund) -> None:
    refund("no-such-order").problem(404, "not-found")


def test_orders_or_the_saga_being_away_is_a_503(
    refund: Refund, payments_api: ModuleType, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens where these go.
    for name in ("machine", "orders"):
        with monkeypatch.context() as patch:
            patch.setattr(payments_api, name, unreachable(payments_api, name))
            answer = refund(paid)
            answer.problem(503, "service-unavailable")
            assert answer.headers["Retry-After"] == "1"


class Running(dict[str, dict[str, Any]]):
    """Executions that do not end."""

    def __getitem__(self, arn: str) -> dict[str, Any]:
        return super().__getitem__(arn) | {"status": "RUNNING"}


def unreachable(module: ModuleType, name: str) -> Any:
    quick = Config(retries={"total_max_attempts": 1})
    nowhere = f"http://127.0.0.1:{free_port()}"
    if name == "orders":
        return Orders(boto3.client("lambda", endpoint_url=nowhere, config=quick), "orders")
    return RefundMachine(
        boto3.client("stepfunctions", endpoint_url=nowhere, config=quick), "machine"
    )
