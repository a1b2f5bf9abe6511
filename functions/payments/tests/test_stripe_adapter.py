"""The Stripe adapter keeps every provider's promise, against a Stripe that others made.

localstripe knows no idempotency keys: that a charge is made once is the adapter's own doing here.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine

from functions.payments.domain import Outcome, ProviderRefused, ProviderUnavailable
from functions.payments.providers.port import Answer
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.tests.stripe_peers import KEY, LossyLine, localstripe

CARD = "pm_card_visa"
DECLINED = "pm_card_chargeCustomerFail"


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with localstripe() as address:
        yield address


@pytest.fixture
def line(api: str) -> LossyLine:
    return LossyLine(api)


@pytest.fixture
def provider(engine: Engine, line: LossyLine) -> Stripe:
    return Stripe(engine, line)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def charge(provider: Stripe, key: str, token: str = CARD) -> Answer:
    return provider.charge(key, 4_200, "INR", token)


def taken(api: str, key: str) -> list[int]:
    """What Stripe has taken under a key of ours, by its own list."""
    answer = httpx.get(
        f"{api}/v1/payment_intents?limit=100", headers={"Authorization": f"Bearer {KEY}"}
    )
    return [
        intent["amount"]
        for intent in answer.json()["data"]
        if intent["metadata"]["attempt_key"] == key and intent["status"] == "succeeded"
    ]


def paid_back(api: str, answer: Answer) -> list[int]:
    found = httpx.get(
        f"{api}/v1/refunds?payment_intent={answer.transaction_id}",
        headers={"Authorization": f"Bearer {KEY}"},
    )
    return [refund["amount"] for refund in found.json()["data"]]


def test_a_key_charges_once(provider: Stripe, api: str, key: str) -> None:
    first = charge(provider, key)
    assert first.outcome is Outcome.CAPTURED
    assert (first.amount_cents, first.currency) == (4_200, "INR")
    assert charge(provider, key) == provider.find(key) == provider.cancel(key) == first
    assert taken(api, key) == [4_200]


def test_a_declined_card_is_a_decline_in_the_providers_words(
    provider: Stripe, api: str, key: str
) -> None:
    first = charge(provider, key, DECLINED)
    assert first == Answer.declined("Your card was declined.")
    assert charge(provider, key, DECLINED) == provider.find(key) == first
    assert provider.cancel(key) == first
    assert taken(api, key) == []


def test_an_intent_whose_id_got_lost_takes_no_money(
    provider: Stripe, line: LossyLine, api: str, key: str
) -> None:
    line.losing = {"create"}
    with pytest.raises(ProviderUnavailable):
        charge(provider, key)
    assert provider.find(key) is None
    assert taken(api, key) == []
    assert charge(provider, key).outcome is Outcome.CAPTURED
    assert taken(api, key) == [4_200]


def test_a_charge_whose_answer_got_lost_is_found_by_its_stored_id(
    provider: Stripe, line: LossyLine, engine: Engine, api: str, key: str
) -> None:
    line.losing = {"confirm"}
    with pytest.raises(ProviderUnavailable):
        charge(provider, key)
    found = Stripe(engine, LossyLine(api)).find(key)
    assert found is not None
    assert found.outcome is Outcome.CAPTURED
    assert charge(provider, key) == provider.cancel(key) == found
    assert taken(api, key) == [4_200]


def test_a_decline_whose_answer_got_lost_is_found_too(
    provider: Stripe, line: LossyLine, key: str
) -> None:
    line.losing = {"confirm"}
    with pytest.raises(ProviderUnavailable):
        charge(provider, key, DECLINED)
    assert provider.find(key) == Answer.declined("Your card was declined.")


def test_a_key_given_up_before_it_had_an_intent_never_charges(
    provider: Stripe, line: LossyLine, api: str, key: str
) -> None:
    assert provider.find(key) is None
    assert provider.cancel(key) == Answer.cancelled()
    assert charge(provider, key) == provider.find(key) == provider.cancel(key) == Answer.cancelled()
    assert line.calls == []
    assert taken(api, key) == []


def test_a_key_given_up_while_its_intent_was_being_created_never_charges(
    engine: Engine, api: str, key: str
) -> None:
    class Overtaken(LossyLine):
        def create(self, key: str, amount_cents: int, currency: str, token: str):  # type: ignore[no-untyped-def]
            intent = super().create(key, amount_cents, currency, token)
            assert Stripe(engine, LossyLine(api)).cancel(key) == Answer.cancelled()
            return intent

    line = Overtaken(api)
    assert charge(Stripe(engine, line), key) == Answer.cancelled()
    assert line.calls == ["create"]
    assert taken(api, key) == []


def test_a_key_given_up_before_it_was_confirmed_never_charges(
    engine: Engine, api: str, key: str
) -> None:
    class Overtaken(LossyLine):
        def confirm(self, key: str, intent_id: str):  # type: ignore[no-untyped-def]
            assert Stripe(engine, LossyLine(api)).cancel(key) == Answer.cancelled()
            return super().confirm(key, intent_id)

    provider = Stripe(engine, Overtaken(api))
    assert charge(provider, key) == provider.find(key) == Answer.cancelled()
    assert taken(api, key) == []


def test_a_cancellation_whose_answer_got_lost_stands(
    provider: Stripe, line: LossyLine, api: str, key: str
) -> None:
    line.losing = {"create", "cancel"}
    with pytest.raises(ProviderUnavailable):
        charge(provider, key)
    provider.cancel(key)
    assert charge(provider, key) == Answer.cancelled()
    assert taken(api, key) == []


def test_a_charge_and_its_cancellation_at_once_agree(
    provider: Stripe, engine: Engine, api: str
) -> None:
    for _ in range(8):
        key, start = str(uuid4()), Barrier(2)

        def charging(key: str = key, start: Barrier = start) -> Answer:
            start.wait()
            return charge(Stripe(engine, LossyLine(api)), key)

        def cancelling(key: str = key, start: Barrier = start) -> Answer:
            start.wait()
            return provider.cancel(key)

        with ThreadPoolExecutor(2) as threads:
            charged, cancelled = threads.submit(charging), threads.submit(cancelling)
        assert charged.result() == cancelled.result() == provider.find(key)
        assert len(taken(api, key)) == (charged.result().outcome is Outcome.CAPTURED)


def test_many_that_charge_with_one_key_at_once_charge_once(
    engine: Engine, api: str, key: str
) -> None:
    start = Barrier(8)

    def charging() -> Answer:
        start.wait()
        return charge(Stripe(engine, LossyLine(api)), key)

    with ThreadPoolExecutor(8) as threads:
        answers = [each.result() for each in [threads.submit(charging) for _ in range(8)]]
    assert len(set(answers)) == 1
    assert answers[0].outcome is Outcome.CAPTURED
    assert taken(api, key) == [4_200]


@pytest.mark.parametrize(("amount_cents", "currency"), [(4_201, "INR"), (4_200, "EUR")])
def test_a_key_used_for_another_charge_is_refused(
    provider: Stripe, key: str, amount_cents: int, currency: str
) -> None:
    charge(provider, key)
    with pytest.raises(ProviderRefused):
        provider.charge(key, amount_cents, currency, CARD)


def test_refunds_are_once_for_a_key(provider: Stripe, api: str, key: str) -> None:
    captured = charge(provider, key)
    first = provider.refund(f"r1-{key}", key, 1_000)
    assert provider.refund(f"r1-{key}", key, 1_000) == first
    assert provider.refund(f"r2-{key}", key, 3_200) != first
    assert sorted(paid_back(api, captured)) == [1_000, 3_200]


def test_a_refund_whose_answer_got_lost_is_not_made_again(
    provider: Stripe, line: LossyLine, api: str, key: str
) -> None:
    captured = charge(provider, key)
    line.losing = {"refund"}
    with pytest.raises(ProviderUnavailable):
        provider.refund(f"r-{key}", key, 4_200)
    assert provider.refund(f"r-{key}", key, 4_200).startswith("re_")
    assert paid_back(api, captured) == [4_200]


def test_nothing_is_refunded_of_what_was_not_captured(provider: Stripe, key: str) -> None:
    with pytest.raises(ProviderRefused):
        provider.refund("r", key, 1)
    charge(provider, key, DECLINED)
    with pytest.raises(ProviderRefused):
        provider.refund("r", key, 1)


def test_a_free_order_is_charged_and_refunded_without_asking_anybody(
    provider: Stripe, line: LossyLine, key: str
) -> None:
    first = provider.charge(key, 0, "INR", CARD)
    assert (first.outcome, first.amount_cents, first.currency) == (Outcome.CAPTURED, 0, "INR")
    assert provider.find(key) == provider.cancel(key) == first
    assert provider.refund("r", key, 0) == provider.refund("r", key, 0)
    assert line.calls == []


def test_it_knows_its_own_tokens(provider: Stripe, line: LossyLine, key: str) -> None:
    assert provider.accepts("pm_1ABC")
    for token in ("tok_ok", "4242424242424242", "", "PM_1", " pm_1"):
        assert not provider.accepts(token)
    # An order that came with another provider's token waits to be paid otherwise.
    assert charge(provider, key, "tok_ok").outcome is Outcome.DECLINED
    assert line.calls == []
