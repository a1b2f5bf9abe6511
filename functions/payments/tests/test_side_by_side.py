"""What is done to one payment is done to no other."""

import pytest

from functions.payments import queries
from functions.payments.cashier import Cashier
from functions.payments.charging import record
from functions.payments.domain import PaymentStatus, payment_id_of
from functions.payments.providers import simulator
from functions.payments.providers.port import Answer
from functions.payments.refunding import give_back
from functions.payments.store import attempts
from functions.payments.tests.desk import (
    CUSTOMER,
    NOW,
    ORGANIZER,
    announce,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.shared.problems import PaymentDeclined
from functions.shared.tokens import Principal, Role

OTHERS = ("order-b", "order-c")


@pytest.fixture
def others(cashier: Cashier) -> list[object]:
    """One that waits, and one that is paid, as they are before anything else happens."""
    announce(cashier, OTHERS[0], task_token="token-b")
    announce(cashier, OTHERS[1], "card", task_token="token-c")
    found = [payment_of(cashier, order_id) for order_id in OTHERS]
    assert [payment.status for payment in found] == ["PENDING", "SUCCESS"]
    assert [payment.task_token for payment in found] == ["token-b", "token-c"]
    return [*found]


def untouched(cashier: Cashier) -> list[object]:
    return [payment_of(cashier, order_id) for order_id in OTHERS]


def test_a_payment_is_announced_tried_paid_and_refunded_alone(
    cashier: Cashier, others: list[object]
) -> None:
    announce(cashier, "order-a")
    with pytest.raises(PaymentDeclined):
        pay(cashier, "order-a", simulator.DECLINED, key="one")
    pay(cashier, "order-a", key="two")
    assert payment_of(cashier, "order-a").status is PaymentStatus.SUCCESS
    assert untouched(cashier) == others
    give_back(cashier, payment_id_of("order-a"), "refund-1", "asked", NOW)
    assert payment_of(cashier, "order-a").status is PaymentStatus.REFUNDED
    assert untouched(cashier) == others


def test_a_payment_is_voided_alone(cashier: Cashier, others: list[object]) -> None:
    announce(cashier, "order-a")
    settle(cashier, "order-a")
    settle(cashier, "never-announced")
    assert payment_of(cashier, "order-a").status is PaymentStatus.VOIDED
    assert untouched(cashier) == others


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    "viewer",
    [
        Principal(CUSTOMER, Role.CUSTOMER),
        Principal(ORGANIZER, Role.EVENT_ORGANIZER),
        Principal(1, Role.ADMIN),
    ],
    ids=lambda viewer: viewer.role.value,
)
def test_the_payment_that_is_asked_for_is_shown(cashier: Cashier, viewer: Principal) -> None:
    for order_id in OTHERS:
        found = queries.read_payment(cashier, payment_id_of(order_id), viewer)
        assert found.order_id == order_id
        assert queries.describe_payment(cashier, order_id)["orderId"] == order_id


def test_late_money_is_counted_where_it_belongs(
    cashier: Cashier, others: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captured after the void: added to its own payment, and set aside there."""
    announce(cashier, "order-a")
    pay(cashier, "order-a", simulator.TIMEOUT_BEFORE, key="one")
    settle(cashier, "order-a")
    [(key,)] = rows(
        cashier, "SELECT attempt_key FROM attempts WHERE outcome = 'CANCELLED' ORDER BY number"
    )
    with cashier.engine.begin() as connection:
        attempt = attempts.get(connection, key)
    monkeypatch.setattr(cashier.provider_of(attempt), "refund", lambda *_: "refund")
    record(cashier, attempt, Answer.captured("late"), NOW)
    assert payment_of(cashier, "order-a").captured_cents > 0
    assert untouched(cashier) == others
