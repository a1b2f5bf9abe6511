"""What customers and sagas see of a provider that is known to be away: nothing is begun."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Barrier
from types import ModuleType
from uuid import uuid4

import pytest

from functions.payments.cashier import Cashier
from functions.payments.domain import (
    BOX_OFFICE,
    PaymentStatus,
    ProviderUnavailable,
    Verdict,
)
from functions.payments.providers import simulator
from functions.payments.providers.breaker import OPEN_FOR, Breaker
from functions.payments.providers.guarded import Guarded
from functions.payments.providers.port import Answer
from functions.payments.tests.desk import (
    AMOUNT,
    CUSTOMER,
    NOW,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider
from functions.shared.tests.deployed import Answer as Answered
from functions.shared.tests.deployed import Client, LocalIssuer


class Times:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Times:
    return Times()


@pytest.fixture
def cashier(cashier: Cashier, provider: FlakyProvider, clock: Times) -> Cashier:
    """As deployed: the provider behind its breaker."""
    guarded = Guarded(provider, Breaker(cashier.engine, provider.name, clock))
    return replace(cashier, providers={**cashier.providers, provider.name: guarded})


@pytest.fixture
def go_away(cashier: Cashier, provider: FlakyProvider) -> Callable[[], None]:
    """Five customers at most find the provider silent, and the next is told at once."""

    def away() -> None:
        provider.down = True
        with suppress(ProviderUnavailable):
            for _ in range(6):
                order_id = str(uuid4())
                announce(cashier, order_id)
                pay(cashier, order_id)
            pytest.fail("The provider is not known to be away.")

    return away


def test_a_charge_begins_no_attempt(
    cashier: Cashier, provider: FlakyProvider, go_away: Callable[[], None], order_id: str
) -> None:
    go_away()
    announce(cashier, order_id)
    begun = len(outcomes(cashier))
    for number in range(6):
        with pytest.raises(ProviderUnavailable):
            pay(cashier, order_id, key=f"key-{number}")
    assert len(outcomes(cashier)) == begun
    payment = payment_of(cashier, order_id)
    assert (payment.attempts, payment.status) == (0, PaymentStatus.PENDING)
    assert money_at_the_provider(cashier) == 0


def test_the_same_key_charges_once_the_provider_is_back(
    cashier: Cashier,
    provider: FlakyProvider,
    clock: Times,
    go_away: Callable[[], None],
    order_id: str,
) -> None:
    go_away()
    announce(cashier, order_id)
    with pytest.raises(ProviderUnavailable):
        pay(cashier, order_id)
    provider.down = False
    clock.now += OPEN_FOR
    assert pay(cashier, order_id)[1]
    assert money_at_the_provider(cashier) == AMOUNT


def test_clients_are_told_when_to_come_again(
    cashier: Cashier,
    payments_api: ModuleType,
    client: Client,
    issuer: LocalIssuer,
    go_away: Callable[[], None],
    order_id: str,
) -> None:
    go_away()
    announce(cashier, order_id, expires_at=NOW.replace(year=2100))
    sent = {"merchantOrderId": order_id, "amountCents": AMOUNT}
    answer = client(
        "POST",
        "/v1/charge",
        sent,
        token=issuer.token(CUSTOMER),
        headers={"Idempotency-Key": "key-1"},
    )
    refusal = answer.problem(503, "provider-unavailable")
    assert (answer.headers["Retry-After"], refusal["retryAfter"]) == ("10", 10)
    # Nothing at all was written for it.
    assert rows(cashier, "SELECT count(*) FROM kept_answers") == [(0,)]


def test_what_was_answered_before_is_answered_again(
    cashier: Cashier,
    payments_api: ModuleType,
    client: Client,
    issuer: LocalIssuer,
    go_away: Callable[[], None],
    order_id: str,
) -> None:
    announce(cashier, order_id, expires_at=NOW.replace(year=2100))

    def charge() -> Answered:
        return client(
            "POST",
            "/v1/charge",
            {"merchantOrderId": order_id, "amountCents": AMOUNT},
            token=issuer.token(CUSTOMER),
            headers={"Idempotency-Key": "key-1"},
        )

    first = charge()
    assert first.status == 201
    go_away()
    again = charge()
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.body == first.body


def test_an_order_that_came_with_a_card_waits_to_be_paid(
    cashier: Cashier,
    provider: FlakyProvider,
    clock: Times,
    go_away: Callable[[], None],
    order_id: str,
) -> None:
    go_away()
    payment = announce(cashier, order_id, "card")
    assert (payment.attempts, payment.status) == (0, PaymentStatus.PENDING)
    provider.down = False
    clock.now += OPEN_FOR
    assert pay(cashier, order_id)[1]


def test_an_order_that_nobody_could_charge_is_settled_without_the_provider(
    cashier: Cashier, go_away: Callable[[], None], order_id: str
) -> None:
    go_away()
    announce(cashier, order_id, "card")
    assert settle(cashier, order_id) is Verdict.VOIDED


def test_an_attempt_from_before_stays_unknown_until_the_provider_is_back(
    cashier: Cashier,
    provider: FlakyProvider,
    clock: Times,
    go_away: Callable[[], None],
    order_id: str,
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_AFTER)
    go_away()
    assert settle(cashier, order_id) is Verdict.PENDING
    provider.down = False
    clock.now += OPEN_FOR
    assert settle(cashier, order_id) is Verdict.SUCCESS


def test_the_box_office_sells_on(
    cashier: Cashier, go_away: Callable[[], None], order_id: str
) -> None:
    go_away()
    payment = announce(cashier, order_id, BOX_OFFICE, BOX_OFFICE)
    assert payment.verdict is Verdict.SUCCESS


def test_of_many_customers_when_it_may_be_back_one_begins_an_attempt(
    cashier: Cashier,
    provider: FlakyProvider,
    clock: Times,
    go_away: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_away()
    begun = len(outcomes(cashier))
    orders = [str(uuid4()) for _ in range(16)]
    for order_id in orders:
        announce(cashier, order_id)
    clock.now += OPEN_FOR
    start, all_came = Barrier(16), Barrier(16)
    asked: list[str] = []

    def charge(key: str, *_asked: object) -> Answer:
        asked.append(key)
        all_came.wait(10)
        raise ProviderUnavailable.retry_after(1, "Still away.")

    monkeypatch.setattr(provider, "charge", charge)

    def come(order_id: str) -> bool:
        start.wait()
        try:
            pay(cashier, order_id)
        except ProviderUnavailable:
            all_came.wait(10)
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        began = list(threads.map(come, orders))
    assert began.count(True) == len(asked) == 1
    assert len(outcomes(cashier)) == begun + 1
    attempted = rows(cashier, f"SELECT attempt_key FROM attempts WHERE attempt_key = '{asked[0]}'")
    assert attempted == [(asked[0],)]
