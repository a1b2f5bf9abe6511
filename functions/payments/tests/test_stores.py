"""The stores of attempts and refunds, held to their neighbours on a real table.

Each thing stands between one whose key is lower and one whose key is higher, so that a comparison
that takes in more than it should is noticed.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from functions.payments.domain import (
    Attempt,
    Outcome,
    Refund,
    RefundStatus,
    Verdict,
    payment_id_of,
)
from functions.payments.providers.port import Answer
from functions.payments.store import attempts, payments, refunds
from functions.payments.tests.desk import AMOUNT, NOW
from functions.payments.tests.three_payments import (
    EVERY_ORDER,
    HIGH,
    LATER,
    LOW,
    MIDDLE,
    payment,
)


def begun(connection: Connection, order_id: str, asked_as: str = "m") -> Attempt:
    return attempts.begin(
        connection,
        payment(connection, order_id),
        asked_as=asked_as,
        provider="simulator",
        token="tok_ok",
        now=NOW,
    )


def closed(connection: Connection, attempt: Attempt, outcome: Outcome) -> bool:
    recorded = attempts.close(connection, attempt, Answer(outcome, "txn", "because"), LATER)
    if recorded is not None:
        assert recorded == attempts.get(connection, attempt.attempt_key)
        attempts.tell(connection, recorded, LATER)
    return recorded is not None


class TestAttempts:
    def test_one_is_begun_and_closed_on_its_own_payment(self, connection: Connection) -> None:
        begun_all = [begun(connection, order_id) for order_id in EVERY_ORDER]
        before = [payment(connection, order_id) for order_id in (LOW, HIGH)]
        assert closed(connection, begun_all[1], Outcome.DECLINED)
        middle = attempts.get(connection, begun_all[1].attempt_key)
        assert (middle.outcome, middle.provider_txn_id, middle.reason, middle.closed_at) == (
            Outcome.DECLINED,
            "txn",
            "because",
            LATER,
        )
        assert payment(connection, MIDDLE).last_outcome is Outcome.DECLINED
        assert payment(connection, MIDDLE).updated_at == LATER
        for order_id, other in ((LOW, begun_all[0]), (HIGH, begun_all[2])):
            assert attempts.get(connection, other.attempt_key) == other
            assert payment(connection, order_id) in before

    @pytest.mark.parametrize("told", list(Outcome))
    @pytest.mark.parametrize("known", list(Outcome))
    def test_only_an_open_one_has_news_and_a_capture_always_has(
        self, known: Outcome, told: Outcome, connection: Connection
    ) -> None:
        attempt = begun(connection, MIDDLE)
        if known is not Outcome.UNKNOWN:
            closed(connection, attempt, known)
        is_news = known is Outcome.UNKNOWN or (
            told is Outcome.CAPTURED and known is not Outcome.CAPTURED
        )
        assert closed(connection, attempt, told) is is_news
        assert attempts.get(connection, attempt.attempt_key).outcome is (told if is_news else known)

    def test_an_older_one_says_nothing_of_its_payment(self, connection: Connection) -> None:
        first = begun(connection, MIDDLE, "first")
        closed(connection, first, Outcome.DECLINED)
        second = begun(connection, MIDDLE, "second")
        assert (first.number, second.number) == (1, 2)
        assert closed(connection, first, Outcome.CAPTURED)
        assert payment(connection, MIDDLE).last_outcome is Outcome.UNKNOWN
        closed(connection, second, Outcome.DECLINED)
        begun(connection, MIDDLE, "third")
        assert closed(connection, second, Outcome.CAPTURED)
        assert payment(connection, MIDDLE).last_outcome is Outcome.UNKNOWN

    def test_each_is_found_by_its_key(self, connection: Connection) -> None:
        for attempt in [begun(connection, order_id) for order_id in EVERY_ORDER]:
            assert attempts.find(connection, attempt.attempt_key) == attempt
            assert attempts.get(connection, attempt.attempt_key) == attempt
        assert attempts.find(connection, "0") is None
        assert attempts.find(connection, "z") is None

    def test_each_is_found_by_what_was_asked_of_its_payment(self, connection: Connection) -> None:
        made = {}
        for order_id in EVERY_ORDER:
            for asked_as in ("a", "m", "z"):
                attempt = begun(connection, order_id, asked_as)
                closed(connection, attempt, Outcome.DECLINED)
                made[order_id, asked_as] = attempts.get(connection, attempt.attempt_key)
        for (order_id, asked_as), attempt in made.items():
            found = attempts.find_asked(connection, payment_id_of(order_id), asked_as)
            assert found == attempt
        assert attempts.find_asked(connection, payment_id_of(MIDDLE), "b") is None

    @pytest.mark.parametrize("outcome", [kind for kind in Outcome if kind is not Outcome.UNKNOWN])
    def test_only_its_payments_open_one_is_found_open(
        self, outcome: Outcome, connection: Connection
    ) -> None:
        for order_id in (LOW, HIGH):
            begun(connection, order_id)
        closed(connection, begun(connection, MIDDLE, "first"), outcome)
        assert attempts.find_open(connection, payment_id_of(MIDDLE)) is None
        second = begun(connection, MIDDLE, "second")
        assert attempts.find_open(connection, payment_id_of(MIDDLE)) == second

    def test_open_ones_are_listed_from_their_time_on(self, connection: Connection) -> None:
        for order_id, outcome in zip(
            EVERY_ORDER, (Outcome.CAPTURED, Outcome.DECLINED, Outcome.CANCELLED), strict=True
        ):
            closed(connection, begun(connection, order_id, "first"), outcome)
        opened = [begun(connection, order_id, "second") for order_id in EVERY_ORDER]
        moment = timedelta(microseconds=1)
        assert attempts.list_open(connection, NOW - moment, 9) == []
        for started_before in (NOW, NOW + moment):
            listed = attempts.list_open(connection, started_before, 9)
            assert sorted(listed, key=lambda one: one.payment_id) == opened
        assert len(attempts.list_open(connection, NOW, 2)) == 2


class TestRefunds:
    @pytest.fixture
    def pending(self, connection: Connection) -> list[Refund]:
        """One of each payment, in the order of their ids, a second apart, the oldest first."""
        made = []
        for place, order_id in enumerate(EVERY_ORDER):
            payments.decide(
                connection, payment_id_of(order_id), Verdict.SUCCESS, NOW, captured_cents=AMOUNT
            )
            assert payments.claim_refund(connection, payment_id_of(order_id), AMOUNT, NOW)
            made.append(
                Refund(
                    refund_id=f"refund-{place}",
                    payment_id=payment_id_of(order_id),
                    attempt_key=begun(connection, order_id).attempt_key,
                    amount_cents=100 + place,
                    reason="asked",
                    status=RefundStatus.PENDING,
                    provider_refund_id=None,
                    created_at=NOW + timedelta(seconds=place),
                    completed_at=None,
                )
            )
            refunds.add(connection, made[-1])
        return made

    def test_each_is_found_by_its_id(self, connection: Connection, pending: list[Refund]) -> None:
        for refund in pending:
            assert refunds.find(connection, refund.refund_id) == refund
        assert refunds.find(connection, "refund-") is None
        assert refunds.find(connection, "s") is None

    def test_one_is_completed_once_and_alone(
        self, connection: Connection, pending: list[Refund]
    ) -> None:
        before = {order_id: payment(connection, order_id) for order_id in EVERY_ORDER}
        done_at = NOW + timedelta(minutes=1)
        assert refunds.complete(connection, pending[1], "re_1", done_at) is True
        assert refunds.complete(connection, pending[1], "re_2", LATER) is False
        assert refunds.find(connection, "refund-1") == replace(
            pending[1],
            status=RefundStatus.REFUNDED,
            provider_refund_id="re_1",
            completed_at=done_at,
        )
        assert [refunds.find(connection, f"refund-{place}") for place in (0, 2)] == pending[::2]
        assert payment(connection, MIDDLE) == replace(
            before[MIDDLE], refunded_cents=101, refunded_at=done_at, updated_at=done_at
        )
        for order_id in (LOW, HIGH):
            assert payment(connection, order_id) == before[order_id]

    def test_refunds_of_one_payment_add_up(
        self, connection: Connection, pending: list[Refund]
    ) -> None:
        second = replace(pending[1], refund_id="refund-4", amount_cents=1_000)
        refunds.add(connection, second)
        for refund in (pending[1], second):
            assert refunds.complete(connection, refund, None, LATER)
        assert payment(connection, MIDDLE).refunded_cents == 1_101

    def test_those_that_wait_are_listed_from_their_time_on(
        self, connection: Connection, pending: list[Refund]
    ) -> None:
        def listed(created_before: timedelta, limit: int = 9) -> list[Refund]:
            found = refunds.list_pending(connection, NOW + created_before, limit)
            return sorted(found, key=lambda refund: refund.refund_id)

        assert listed(timedelta(microseconds=-1)) == []
        assert listed(timedelta()) == pending[:1]
        assert listed(timedelta(seconds=1)) == pending[:2]
        assert listed(timedelta(hours=1)) == pending
        assert len(listed(timedelta(hours=1), 2)) == 2
        refunds.complete(connection, pending[0], None, LATER)
        assert listed(timedelta(hours=1)) == pending[1:]

    def test_the_oldest_that_waits_is_told(
        self, connection: Connection, pending: list[Refund]
    ) -> None:
        for refund in pending:
            assert refunds.oldest_pending_at(connection) == refund.created_at
            refunds.complete(connection, refund, None, LATER)
        assert refunds.oldest_pending_at(connection) is None
