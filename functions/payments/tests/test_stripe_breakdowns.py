"""A Stripe that is away, slow, or not itself; and refunds, which must not be made twice for it."""

import time

import pytest
from sqlalchemy import Engine

from functions.payments.domain import (
    Outcome,
    ProviderInProgress,
    ProviderRefused,
    ProviderUnavailable,
)
from functions.payments.providers.port import Answer
from functions.payments.providers.stripe import sdk
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.sdk import StripeSdk
from functions.payments.tests.stripe_peers import KEY, Said, ScriptedStripe
from functions.payments.tests.stripe_shapes import (
    CANCEL,
    CONFIRM,
    CREATE,
    LIST_REFUNDS,
    NO_REFUNDS,
    REFUND,
    RETRIEVE,
    charge,
    intent,
    refund,
    refusal,
)


@pytest.mark.parametrize(
    "broken",
    [
        refusal(500, "api_error"),
        Said(502, {}),
        refusal(429, "invalid_request_error", "rate_limit"),
        refusal(429, "invalid_request_error", "lock_timeout"),
        refusal(401, "invalid_request_error"),
        refusal(403, "invalid_request_error"),
        Said(200, {}, lost=True),
    ],
)
def test_a_stripe_that_is_not_itself_has_not_answered(
    stripe: Stripe, peer: ScriptedStripe, broken: Said
) -> None:
    peer.says(CONFIRM, broken)
    with pytest.raises(ProviderUnavailable) as raised:
        charge(stripe)
    assert not isinstance(raised.value, ProviderInProgress)
    assert raised.value.extensions["retryAfter"] >= 1
    # Asked once: whoever asked has the key to ask again with.
    assert peer.routes() == [CREATE, CONFIRM]


def test_a_key_that_somebody_of_ours_is_asking_with_says_nothing_of_stripes_health(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    """Else a few of our own that meet there would have nobody pay for ten seconds."""
    peer.says(CONFIRM, refusal(409, "invalid_request_error", "idempotency_key_in_use"))
    with pytest.raises(ProviderInProgress):
        charge(stripe)


def test_an_error_that_is_repeated_for_its_key_is_settled_by_giving_it_up(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, refusal(500, "api_error"), intent("succeeded"))
    peer.says(RETRIEVE, intent("requires_confirmation"))
    peer.says(CANCEL, intent("canceled"))
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            charge(stripe)
    assert stripe.cancel("k") == Answer.cancelled()


def test_nobody_waits_for_a_stripe_that_is_silent(
    engine: Engine, peer: ScriptedStripe, peer_api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (sdk.CONNECT_SECONDS, sdk.READ_SECONDS) == (3, 10)
    monkeypatch.setattr(sdk, "READ_SECONDS", 0.2)
    peer.says(CONFIRM, intent("succeeded")._replace(after_seconds=20))
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        charge(Stripe(engine, StripeSdk(KEY, peer_api)))
    assert time.monotonic() - began < 10


def test_after_a_slow_creation_nothing_is_charged_any_more(
    engine: Engine, peer: ScriptedStripe, peer_api: str
) -> None:
    seconds = iter([0.0, 5.1])
    slow = Stripe(engine, StripeSdk(KEY, peer_api), lambda: next(seconds))
    with pytest.raises(ProviderUnavailable):
        charge(slow)
    assert peer.routes() == [CREATE]
    peer.says(RETRIEVE, intent("requires_confirmation"))
    peer.says(CONFIRM, intent("succeeded"))
    assert charge(Stripe(engine, StripeSdk(KEY, peer_api))).outcome is Outcome.CAPTURED
    assert peer.routes() == [CREATE, RETRIEVE, CONFIRM]


def test_what_is_asked_for_a_refund(stripe: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, Said(200, refund()))
    charge(stripe)
    assert stripe.refund("r", "k", 1_000) == "re_1"
    asked = peer.asked[-1]
    assert asked.fields == {
        "payment_intent": "pi_1",
        "amount": "1000",
        "metadata[refund_key]": "r",
    }
    assert asked.key == "refund:r"


def test_a_refund_from_before_stripe_forgot_its_key_is_not_made_again(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    others = [refund(id=f"re_{number}", metadata={}) for number in range(3)]
    ours = refund(id="re_ours", metadata={"refund_key": "r"})
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(
        LIST_REFUNDS,
        NO_REFUNDS._replace(body=NO_REFUNDS.body | {"data": others, "has_more": True}),
        NO_REFUNDS._replace(body=NO_REFUNDS.body | {"data": [ours]}),
    )
    charge(stripe)
    assert stripe.refund("r", "k", 1_000) == "re_ours"
    assert REFUND not in peer.routes()


def test_a_refund_that_is_still_under_way_is_the_refund(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, Said(200, refund("pending")))
    charge(stripe)
    assert stripe.refund("r", "k", 1_000) == "re_1"


@pytest.mark.parametrize(
    "refused",
    [
        refusal(400, "invalid_request_error", "charge_already_refunded"),
        refusal(400, "invalid_request_error", "amount_too_large"),
        Said(200, refund("failed")),
    ],
)
def test_a_refund_that_stripe_would_not_make_is_for_a_person(
    stripe: Stripe, peer: ScriptedStripe, refused: Said
) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, refused)
    charge(stripe)
    with pytest.raises(ProviderRefused):
        stripe.refund("r", "k", 4_201)
