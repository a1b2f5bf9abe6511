"""One Idempotency-Key is one request, however often and however much at once it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from threading import Barrier

import pytest

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.contract import PaymentView
from functions.payments.domain import PaymentNotPayable
from functions.payments.once import Done, Replayed, carry_out_once
from functions.payments.store import answers
from functions.payments.store.answers import LOCK, KeptAnswer, Scope
from functions.payments.tests.desk import (
    AMOUNT,
    CUSTOMER,
    NOW,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    rows,
)
from functions.shared.postgres import transaction
from functions.shared.problems import (
    IdempotencyKeyReused,
    RequestInProgress,
    ServiceUnavailable,
)

SCOPE = Scope(CUSTOMER, "charge", "key-1")
Run = Callable[[], Done]


def test_fifty_charges_at_once_with_one_key_are_one_charge(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    start = Barrier(50)

    def send(_: int) -> str:
        start.wait()
        try:
            carry_out_once(cashier.engine, SCOPE, "hash", "/v1/charge", NOW, run)
        except (Replayed, RequestInProgress) as answered:
            return type(answered).__name__
        return "Done"

    def run() -> Done:
        payment, _ = pay(cashier, order_id)
        return Done(HTTPStatus.CREATED, PaymentView.of(payment))

    with ThreadPoolExecutor(50) as threads:
        answered = list(threads.map(send, range(50)))
    assert answered.count("Done") == 1
    assert set(answered) <= {"Done", "Replayed", "RequestInProgress"}
    assert (outcomes(cashier), money_at_the_provider(cashier)) == (["CAPTURED"], AMOUNT)


def test_the_charge_itself_is_fenced_even_without_the_kept_answer(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    start = Barrier(20)

    def send(_: int) -> bool:
        start.wait()
        return pay(cashier, order_id)[1]

    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(send, range(20)))
    assert (outcomes(cashier), money_at_the_provider(cashier)) == (["CAPTURED"], AMOUNT)


def test_a_request_in_flight_is_taken_up_only_after_its_lock(cashier: Cashier) -> None:
    def claim(moment: timedelta, request_hash: str = "hash") -> KeptAnswer | None:
        with transaction(cashier.engine) as connection:
            return answers.claim(connection, SCOPE, request_hash, NOW + moment)

    assert claim(timedelta()) is None
    with pytest.raises(RequestInProgress):
        claim(LOCK - timedelta(seconds=1))
    with pytest.raises(IdempotencyKeyReused):
        claim(LOCK, "another")
    assert claim(LOCK) is None
    # Taken up, it is locked again.
    with pytest.raises(RequestInProgress):
        claim(LOCK)


def test_a_failure_on_our_side_lets_the_same_request_go_on_at_once(cashier: Cashier) -> None:
    _fails(cashier, ServiceUnavailable("The database is away."))
    _fails(cashier, KeyError("a fault of ours"))
    with pytest.raises(IdempotencyKeyReused):
        carry_out_once(cashier.engine, SCOPE, "another", "/v1/charge", NOW, _never)


def test_a_refusal_is_forgotten(cashier: Cashier) -> None:
    _fails(cashier, PaymentNotPayable("It is paid."))
    assert rows(cashier, "SELECT * FROM kept_answers") == []


def test_answers_are_kept_for_a_week(cashier: Cashier, order_id: str) -> None:
    payment = announce(cashier, order_id)
    done = Done(HTTPStatus.CREATED, PaymentView.of(payment))
    carry_out_once(cashier.engine, SCOPE, "hash", "/v1/charge", NOW, lambda: done)
    commands.relay(cashier, NOW + timedelta(days=7))
    with pytest.raises(Replayed):
        carry_out_once(cashier.engine, SCOPE, "hash", "/v1/charge", NOW, _never)
    commands.relay(cashier, NOW + timedelta(days=7, seconds=1))
    assert rows(cashier, "SELECT * FROM kept_answers") == []


def _fails(cashier: Cashier, error: Exception) -> None:
    def run() -> Done:
        raise error

    with pytest.raises(type(error)):
        carry_out_once(cashier.engine, SCOPE, "hash", "/v1/charge", NOW, run)


def _never() -> Done:
    raise AssertionError("carried out again")
