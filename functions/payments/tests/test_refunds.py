"""Refunds: whole, conditional in the write, once, and paid back through the provider."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.exc import DBAPIError

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.domain import (
    ANSWER_GRACE,
    AlreadyRefunded,
    PaymentNotRefundable,
    PaymentStatus,
    ProviderRefused,
    ProviderUnavailable,
    Refund,
    RefundStatus,
    payment_id_of,
)
from functions.payments.providers import simulator
from functions.payments.refunding import give_back
from functions.payments.store import payments
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    announce,
    money_at_the_provider,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, RecordedBus
from functions.shared import correlation
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound


def refund(cashier: Cashier, order_id: str, refund_id: str = "refund-1") -> RefundStatus:
    return give_back(cashier, payment_id_of(order_id), refund_id, "cancelled", NOW).status


def test_a_refund_pays_everything_back_and_tells(
    cashier: Cashier, bus: RecordedBus, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    with correlation.under("request-1"):
        assert refund(cashier, order_id) is RefundStatus.REFUNDED
    payment = payment_of(cashier, order_id)
    assert (payment.status, payment.refunded_cents) == (PaymentStatus.REFUNDED, AMOUNT)
    assert money_at_the_provider(cashier) == 0
    assert bus.named("PaymentRefunded", order_id) == [
        {
            "orderId": order_id,
            "paymentId": payment.payment_id,
            "refundId": "refund-1",
            "amountCents": AMOUNT,
            "currency": "INR",
            "correlationId": "request-1",
        }
    ]


def test_a_refund_asked_for_again_is_the_same_refund(
    cashier: Cashier, bus: RecordedBus, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    assert {refund(cashier, order_id) for _ in range(3)} == {RefundStatus.REFUNDED}
    assert rows(cashier, "SELECT count(*) FROM simulator_refunds") == [(1,)]
    assert len(bus.named("PaymentRefunded", order_id)) == 1


def test_another_refund_of_the_same_money_is_refused(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    refund(cashier, order_id)
    with pytest.raises(AlreadyRefunded):
        refund(cashier, order_id, "refund-2")
    assert payment_of(cashier, order_id).refunded_cents == AMOUNT


def part(cashier: Cashier, order_id: str, refund_id: str, cents: int) -> Refund:
    return give_back(cashier, payment_id_of(order_id), refund_id, "part", NOW, cents)


def test_a_part_leaves_the_rest(cashier: Cashier, bus: RecordedBus, order_id: str) -> None:
    announce(cashier, order_id, "card")
    assert part(cashier, order_id, "refund-1", 1200).amount_cents == 1200
    payment = payment_of(cashier, order_id)
    assert (payment.status, payment.refunded_cents) == (PaymentStatus.PARTIALLY_REFUNDED, 1200)
    assert part(cashier, order_id, "refund-2", AMOUNT - 1200).status is RefundStatus.REFUNDED
    assert payment_of(cashier, order_id).status is PaymentStatus.REFUNDED
    told = [each["amountCents"] for each in bus.named("PaymentRefunded", order_id)]
    assert told == [1200, AMOUNT - 1200]
    assert money_at_the_provider(cashier) == 0


def test_a_part_asked_for_again_is_the_same_whatever_it_names(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    for cents in (1200, 1300, 1200):
        assert part(cashier, order_id, "refund-1", cents).amount_cents == 1200
    assert money_at_the_provider(cashier) == AMOUNT - 1200


def test_the_rest_is_what_parts_have_left(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    part(cashier, order_id, "refund-1", 1)
    assert refund(cashier, order_id, "refund-2") is RefundStatus.REFUNDED
    assert rows(cashier, "SELECT amount_cents FROM refunds ORDER BY refund_id") == [
        (1,),
        (AMOUNT - 1,),
    ]


def test_more_than_is_left_is_refused_whole(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    part(cashier, order_id, "refund-1", 1)
    with pytest.raises(AlreadyRefunded):
        part(cashier, order_id, "refund-2", AMOUNT)
    assert rows(cashier, "SELECT refund_id FROM refunds") == [("refund-1",)]


def test_parts_at_once_never_exceed_what_was_captured(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    start = Barrier(8)

    def ask(number: int) -> str:
        start.wait()
        try:
            return part(cashier, order_id, f"refund-{number}", AMOUNT // 3).status
        except AlreadyRefunded as refusal:
            return refusal.code()

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(ask, range(8)))
    assert answers == ["REFUNDED"] * 3 + ["already-refunded"] * 5
    assert rows(cashier, "SELECT sum(amount_cents) FROM simulator_refunds") == [(AMOUNT,)]


def test_a_part_of_nothing_asks_no_provider(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    """Tickets that cost nothing, or whose money went back before."""
    announce(cashier, order_id, "card")
    refund(cashier, order_id)
    provider.down = True
    assert part(cashier, order_id, "refund-2", 0).status is RefundStatus.REFUNDED
    assert payment_of(cashier, order_id).refunded_cents == AMOUNT


def test_a_part_that_a_silent_provider_left_is_finished_as_it_was(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    provider.down = True
    with pytest.raises(ProviderUnavailable):
        part(cashier, order_id, "refund-1", 1200)
    # Set aside: what another one may have is the rest.
    with pytest.raises(AlreadyRefunded):
        part(cashier, order_id, "refund-2", AMOUNT - 1199)
    provider.down = False
    assert commands.relay(cashier, NOW + ANSWER_GRACE)["refunded"] == 1
    assert part(cashier, order_id, "refund-1", 1200).amount_cents == 1200
    assert money_at_the_provider(cashier) == AMOUNT - 1200


def test_refunds_at_once_pay_back_once(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    start = Barrier(8)

    def ask(number: int) -> str:
        start.wait()
        try:
            return refund(cashier, order_id, f"refund-{number % 2}")
        except AlreadyRefunded as refusal:
            return refusal.code()

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(ask, range(8)))
    assert answers == ["REFUNDED"] * 4 + ["already-refunded"] * 4
    assert rows(cashier, "SELECT sum(amount_cents) FROM simulator_refunds") == [(AMOUNT,)]


def test_the_write_itself_refuses_more_than_was_captured(cashier: Cashier, order_id: str) -> None:
    payment = announce(cashier, order_id, "card")
    with transaction(cashier.engine) as connection:
        assert not payments.claim_refund(connection, payment.payment_id, AMOUNT + 1, NOW)
        assert payments.claim_refund(connection, payment.payment_id, AMOUNT, NOW)
        assert not payments.claim_refund(connection, payment.payment_id, 1, NOW)
    with pytest.raises(DBAPIError, match="never_exceed"), cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payments SET refund_claimed_cents = captured_cents + 1")


def test_a_silent_provider_leaves_a_refund_that_goes_on_later(
    cashier: Cashier, provider: FlakyProvider, bus: RecordedBus, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    provider.down = True
    with pytest.raises(ProviderUnavailable):
        refund(cashier, order_id)
    # Set aside, so that nobody refunds it twice, but not shown as paid back.
    payment = payment_of(cashier, order_id)
    assert (payment.status, payment.refund_claimed_cents) == (PaymentStatus.SUCCESS, AMOUNT)
    assert bus.named("PaymentRefunded", order_id) == []
    provider.down = False
    assert refund(cashier, order_id) is RefundStatus.REFUNDED
    assert money_at_the_provider(cashier) == 0


def test_the_relay_finishes_a_refund_that_was_left(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    provider.down = True
    with pytest.raises(ProviderUnavailable):
        refund(cashier, order_id)
    provider.down = False
    assert commands.relay(cashier, NOW + ANSWER_GRACE)["refunded"] == 1
    assert refund(cashier, order_id) is RefundStatus.REFUNDED
    assert rows(cashier, "SELECT count(*) FROM simulator_refunds") == [(1,)]


def test_cash_is_paid_back_over_the_counter(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "boxOffice")
    assert refund(cashier, order_id) is RefundStatus.REFUNDED
    assert payment_of(cashier, order_id).status is PaymentStatus.REFUNDED
    assert rows(cashier, "SELECT * FROM simulator_refunds") == []


def test_a_free_order_can_be_refunded(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card", amount_cents=0)
    assert refund(cashier, order_id) is RefundStatus.REFUNDED
    assert payment_of(cashier, order_id).status is PaymentStatus.REFUNDED


@pytest.mark.parametrize("token", [None, simulator.DECLINED])
def test_what_was_never_captured_is_not_refunded(
    cashier: Cashier, order_id: str, token: str | None
) -> None:
    announce(cashier, order_id, "card" if token else None, token or simulator.OK)
    with pytest.raises(PaymentNotRefundable):
        refund(cashier, order_id)
    settle(cashier, order_id)
    with pytest.raises(PaymentNotRefundable):
        refund(cashier, order_id)


def test_an_order_without_a_payment_has_nothing_to_refund(cashier: Cashier, order_id: str) -> None:
    with pytest.raises(NotFound):
        refund(cashier, order_id)


def test_refunds_that_will_never_be_paid_keep_no_other_waiting(
    cashier: Cashier, order_id: str, provider: FlakyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a turn of the relay takes, and all of them older."""
    hopeless = {f"refund-{number}" for number in range(25)}
    provider.down = True
    for place, refund_id in enumerate([*sorted(hopeless), "refund-good"]):
        announce_and_pay(cashier, provider, f"{order_id[:30]}-{place}")
        with pytest.raises(ProviderUnavailable):
            refund(cashier, f"{order_id[:30]}-{place}", refund_id)
    provider.down = False
    pay = provider.refund

    def refuse(refund_key: str, charge_key: str, amount_cents: int) -> str:
        if refund_key in hopeless:
            raise ProviderRefused("The charge is disputed.")
        return pay(refund_key, charge_key, amount_cents)

    monkeypatch.setattr(provider, "refund", refuse)
    paid = 0
    for _ in range(40):
        paid += commands.relay(cashier, NOW + ANSWER_GRACE)["refunded"]
    assert paid == 1
    assert rows(cashier, "SELECT refund_id FROM refunds WHERE status = 'REFUNDED'") == [
        ("refund-good",)
    ]


def announce_and_pay(cashier: Cashier, provider: FlakyProvider, order_id: str) -> None:
    provider.down = False
    announce(cashier, order_id, "card")
    provider.down = True
