"""A user's copy of their payments: every try and every refund, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions.payments.cashier import Cashier
from functions.payments.exports import export_payments
from functions.payments.providers import simulator
from functions.payments.tests.desk import AMOUNT, CUSTOMER, NOW, announce, give, pay, sell
from functions.shared.problems import PaymentDeclined


def test_a_payment_is_exported_with_each_try_and_each_refund(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    with pytest.raises(PaymentDeclined):
        pay(cashier, order_id, simulator.DECLINED, key="first")
    payment, _ = pay(cashier, order_id, key="second")
    for hours in (1, 2):
        give(cashier, payment.payment_id, 1_000, NOW + timedelta(hours=hours))
    [told] = export_payments(cashier, CUSTOMER, [order_id])
    assert (told["merchantOrderId"], told["status"]) == (order_id, "PARTIALLY_REFUNDED")
    assert (told["amountCents"], told["refundedCents"]) == (AMOUNT, 2_000)
    assert [(each["number"], each["outcome"]) for each in told["attempts"]] == [
        (1, "DECLINED"),
        (2, "CAPTURED"),
    ]
    assert [(each["amountCents"], each["status"]) for each in told["refunds"]] == [
        (1_000, "REFUNDED")
    ] * 2


def test_neither_what_stands_for_a_card_nor_the_organizer_is_exported(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.OK)
    told = export_payments(cashier, CUSTOMER, [order_id])
    assert not {"token", "taskToken", "userId", "organizerId", "askedAs"} & _names(told)
    assert simulator.OK not in str(told)


def test_of_many_payments_each_has_its_own(cashier: Cashier) -> None:
    order_ids = [str(uuid4()) for _ in range(3)]
    for place, order_id in enumerate(order_ids):
        payment_id = sell(cashier, order_id, 1_000, NOW + timedelta(minutes=place))
        if place == 1:
            give(cashier, payment_id, 400, NOW + timedelta(hours=1))
    told = export_payments(cashier, CUSTOMER, order_ids)
    assert [each["merchantOrderId"] for each in told] == order_ids
    assert [len(each["attempts"]) for each in told] == [1, 1, 1]
    assert [len(each["refunds"]) for each in told] == [0, 1, 0]


def test_nobody_elses_payment_is_exported(cashier: Cashier, order_id: str) -> None:
    sell(cashier, order_id, 1_000)
    sell(cashier, str(uuid4()), 1_000, user_id=8)
    assert export_payments(cashier, 8, [order_id]) == []
    assert len(export_payments(cashier, CUSTOMER, [order_id])) == 1
    assert export_payments(cashier, CUSTOMER, []) == []


def _names(told: Any) -> set[str]:
    """Of every field, at any depth."""
    match told:
        case dict():
            return set(told).union(*map(_names, told.values()))
        case list():
            return set().union(*map(_names, told))
    return set()
