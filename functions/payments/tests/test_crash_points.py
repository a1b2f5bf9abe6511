"""The process dies after any commit, or never learns of it: the retry ends in one capture.

Each test dies after the first commit, then after the second, and so on, until the command
survives; after each death the same thing is asked again, as the client or the saga would.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.charging import record
from functions.payments.domain import ANSWER_GRACE, PaymentStatus, Verdict, payment_id_of
from functions.payments.providers import simulator
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator
from functions.payments.refunding import give_back
from functions.payments.store import attempts
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    WINDOW,
    announce,
    money_at_the_provider,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import (
    Crash,
    Death,
    DyingEngine,
    RecordedBus,
    RecordedSteps,
    lost_commit,
)
from functions.shared.postgres import transaction
from functions.shared.problems import PaymentDeclined, ServiceUnavailable

LATER = NOW + ANSWER_GRACE
DEATHS = pytest.mark.parametrize("death", [Crash, lost_commit])


def dying(cashier: Cashier, commits: int, death: Death) -> tuple[Cashier, DyingEngine]:
    """The cashier in a process that dies after so many commits, the provider's counted too."""
    engine = DyingEngine(cashier.engine, commits, death)
    fragile = cast("Engine", engine)
    providers = dict(cashier.providers) | {Simulator.name: Simulator(fragile)}
    return replace(cashier, engine=fragile, providers=providers), engine


def survive(
    cashier: Cashier,
    death: Death,
    prepare: Callable[[str], object],
    act: Callable[[Cashier, str], object],
    check: Callable[[str], object],
) -> int:
    """Die after each commit in turn, ask again, and check; how many deaths there were."""
    for deaths in range(30):
        order_id = str(uuid4())
        prepare(order_id)
        fragile, engine = dying(cashier, deaths + 1, death)
        try:
            act(fragile, order_id)
        except (Crash, ServiceUnavailable):
            act(cashier, order_id)
        commands.relay(cashier, LATER)
        check(order_id)
        if not engine.died:
            return deaths
    raise AssertionError("the command commits without end")


@DEATHS
def test_a_charge_broken_off_anywhere_is_one_capture(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, death: Death
) -> None:
    def check(order_id: str) -> None:
        assert payment_of(cashier, order_id).status is PaymentStatus.SUCCESS
        _check_told_once_or_more(steps, bus, order_id, "PaymentSucceeded")

    deaths = survive(
        cashier,
        death,
        prepare=lambda order_id: announce(cashier, order_id, task_token=order_id),
        act=pay,
        check=check,
    )
    # Reading, the attempt, the provider's own, the verdict, and two messages at the least.
    assert deaths >= 6
    assert money_at_the_provider(cashier) == (deaths + 1) * AMOUNT
    _check_one_capture_each(cashier)


def test_a_retry_that_comes_after_the_window_makes_no_charge(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    # Dead after reading and after the attempt, before the provider heard of it.
    fragile, _ = dying(cashier, 2, Crash)
    with pytest.raises(Crash):
        pay(fragile, order_id)
    with pytest.raises(PaymentDeclined, match="cancelled"):
        pay(cashier, order_id, now=NOW + WINDOW)
    assert money_at_the_provider(cashier) == 0


@DEATHS
def test_an_inline_charge_broken_off_anywhere_is_one_capture(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, death: Death
) -> None:
    def check(order_id: str) -> None:
        assert payment_of(cashier, order_id).status is PaymentStatus.SUCCESS
        _check_told_once_or_more(steps, bus, order_id, "PaymentSucceeded")

    survive(
        cashier,
        death,
        prepare=lambda _: None,
        act=lambda desk, order_id: announce(desk, order_id, "card", task_token=order_id),
        check=check,
    )
    _check_one_capture_each(cashier)


@DEATHS
@pytest.mark.parametrize("token", [simulator.TIMEOUT_BEFORE, simulator.TIMEOUT_AFTER, None])
def test_a_settlement_broken_off_anywhere_ends_in_one_verdict(
    cashier: Cashier,
    steps: RecordedSteps,
    bus: RecordedBus,
    death: Death,
    token: str | None,
) -> None:
    is_paid = token == simulator.TIMEOUT_AFTER
    verdict = Verdict.SUCCESS if is_paid else Verdict.VOIDED

    def prepare(order_id: str) -> None:
        announce(cashier, order_id, "card" if token else None, token or "", task_token=order_id)

    def act(desk: Cashier, order_id: str) -> None:
        # A saga asks again while the verdict is unknown.
        while settle(desk, order_id) is Verdict.PENDING:
            assert desk is not cashier
            desk = cashier

    def check(order_id: str) -> None:
        payment = payment_of(cashier, order_id)
        assert payment.verdict is verdict
        assert payment.captured_cents == (AMOUNT if is_paid else 0)
        event = "PaymentSucceeded" if is_paid else "PaymentVoided"
        _check_told_once_or_more(steps, bus, order_id, event)

    deaths = survive(cashier, death, prepare, act, check)
    assert money_at_the_provider(cashier) == (deaths + 1) * (AMOUNT if is_paid else 0)


@DEATHS
def test_a_refund_broken_off_anywhere_is_one_refund(
    cashier: Cashier, bus: RecordedBus, death: Death
) -> None:
    def act(desk: Cashier, order_id: str) -> None:
        give_back(desk, payment_id_of(order_id), f"refund-{order_id}", None, NOW)

    def check(order_id: str) -> None:
        assert payment_of(cashier, order_id).status is PaymentStatus.REFUNDED
        assert bus.named("PaymentRefunded", order_id)

    deaths = survive(
        cashier,
        death,
        prepare=lambda order_id: announce(cashier, order_id, "card"),
        act=act,
        check=check,
    )
    assert deaths >= 4
    assert money_at_the_provider(cashier) == 0
    assert rows(cashier, "SELECT count(*) FROM simulator_refunds") == [(deaths + 1,)]


@DEATHS
def test_a_late_capture_broken_off_anywhere_is_sent_back_once(
    cashier: Cashier, death: Death
) -> None:
    def prepare(order_id: str) -> None:
        announce(cashier, order_id)
        pay(cashier, order_id, simulator.TIMEOUT_BEFORE)
        settle(cashier, order_id)
        with transaction(cashier.engine) as connection:
            connection.exec_driver_sql(
                "UPDATE simulator_charges SET outcome = 'CAPTURED', transaction_id = 'late',"
                f" amount_cents = {AMOUNT}, currency = 'INR' WHERE outcome = 'CANCELLED'"
            )

    def land(desk: Cashier, order_id: str) -> None:
        with transaction(cashier.engine) as connection:
            late = attempts.find_asked(connection, payment_id_of(order_id), "charge:key-1")
        assert late is not None
        record(desk, late, Answer.captured("late"), NOW)

    def check(order_id: str) -> None:
        payment = payment_of(cashier, order_id)
        assert (payment.captured_cents, payment.refunded_cents) == (AMOUNT, AMOUNT)

    deaths = survive(cashier, death, prepare, land, check)
    assert money_at_the_provider(cashier) == 0
    assert rows(cashier, "SELECT count(*) FROM simulator_refunds") == [(deaths + 1,)]


def _check_one_capture_each(cashier: Cashier) -> None:
    query = (
        "SELECT count(*) FILTER (WHERE outcome = 'CAPTURED'), count(*)"
        " FROM attempts GROUP BY payment_id"
    )
    assert set(rows(cashier, query)) == {(1, 1)}
    assert rows(cashier, "SELECT count(*) FROM outbox") == [(0,)]


def _check_told_once_or_more(
    steps: RecordedSteps, bus: RecordedBus, order_id: str, event: str
) -> None:
    """At least once, and always the same."""
    signals = [signal for signal in steps.signals if signal["taskToken"] == order_id]
    assert signals
    assert all(signal == signals[0] for signal in signals)
    assert {name for name, detail in bus.events if detail["orderId"] == order_id} == {event}
