"""What Stripe may say that localstripe never does, in the shapes of its documentation, through the
SDK to a server of ours: keys that come again, charges in progress, further steps, odd cards.
"""

import pytest

from functions.payments.domain import (
    Outcome,
    ProviderInProgress,
    ProviderRefused,
    ProviderUnavailable,
)
from functions.payments.providers.notices import STRIPE_KEY
from functions.payments.providers.port import Answer
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.tests.stripe_peers import Said, ScriptedStripe
from functions.payments.tests.stripe_shapes import (
    CANCEL,
    CONFIRM,
    CREATE,
    RETRIEVE,
    charge,
    intent,
    refusal,
    unexpected_state,
)


def test_what_is_asked_for_a_charge(stripe: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    assert charge(stripe) == Answer.captured("pi_1", 4_200, "INR")
    created, confirmed = peer.asked
    assert created.fields == {
        "amount": "4200",
        "currency": "inr",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types[0]": "card",
        f"metadata[{STRIPE_KEY}]": "k",
    }
    assert (created.key, confirmed.key) == ("create:k", "confirm:k")
    assert confirmed.fields == {}


def test_an_intent_whose_answer_got_lost_is_found_again_by_its_key(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says_instead(
        CREATE,
        intent("requires_confirmation")._replace(lost=True),
        intent("requires_confirmation", id="pi_2"),
    )
    with pytest.raises(ProviderUnavailable):
        charge(stripe)
    assert stripe.find("k") is None
    assert charge(stripe).transaction_id == "pi_1"
    assert [asked.key for asked in peer.asked] == ["create:k", "create:k", "confirm:k"]


def test_a_confirmation_whose_answer_got_lost_is_never_sent_again_once_it_charged(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("succeeded")._replace(lost=True))
    peer.says(RETRIEVE, intent("succeeded"))
    with pytest.raises(ProviderUnavailable):
        charge(stripe)
    captured = Answer.captured("pi_1", 4_200, "INR")
    assert charge(stripe) == stripe.find("k") == captured
    assert peer.routes().count(CONFIRM) == 1


def test_a_confirmation_that_never_came_is_sent_again_with_the_same_key(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, Said(200, {}, lost=True))
    peer.says(RETRIEVE, intent("requires_confirmation"))
    with pytest.raises(ProviderUnavailable):
        charge(stripe)
    assert stripe.find("k") is None
    peer.forget_keys()
    peer.says_instead(CONFIRM, intent("succeeded"))
    assert charge(stripe).outcome is Outcome.CAPTURED
    assert {asked.key for asked in peer.asked if asked.route == CONFIRM} == {"confirm:k"}


def test_a_cancellation_that_comes_too_late_says_that_it_was_captured(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("succeeded")._replace(lost=True))
    peer.says(CANCEL, unexpected_state("succeeded"))
    peer.says(RETRIEVE, intent("succeeded"))
    with pytest.raises(ProviderUnavailable):
        charge(stripe)
    assert stripe.cancel("k") == Answer.captured("pi_1", 4_200, "INR")


def test_a_charge_in_progress_is_no_failure_and_can_not_be_cancelled(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("processing"))
    peer.says(RETRIEVE, *[intent("processing")] * 3, intent("succeeded"))
    peer.says(CANCEL, unexpected_state("processing"))
    for _ in range(2):
        with pytest.raises(ProviderInProgress):
            charge(stripe)
    with pytest.raises(ProviderInProgress):
        stripe.find("k")
    with pytest.raises(ProviderInProgress):
        stripe.cancel("k")
    assert stripe.find("k") == Answer.captured("pi_1", 4_200, "INR")
    assert peer.routes().count(CONFIRM) == 1


def test_a_card_that_asks_for_a_further_step_is_declined_and_can_not_take_it_later(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("requires_action", next_action={"type": "use_stripe_sdk"}))
    peer.says(CANCEL, intent("canceled"))
    answer = charge(stripe)
    assert answer.outcome is Outcome.DECLINED
    assert "further step" in str(answer.reason)
    assert peer.routes() == [CREATE, CONFIRM, CANCEL]


def test_a_further_step_that_was_left_open_is_declined_when_it_is_found(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("requires_action")._replace(lost=True))
    peer.says(RETRIEVE, intent("requires_action"))
    peer.says(CANCEL, intent("canceled"))
    with pytest.raises(ProviderUnavailable):
        charge(stripe)
    found = stripe.find("k")
    assert found is not None
    assert found.outcome is Outcome.DECLINED
    assert CANCEL in peer.routes()


def test_a_further_step_that_would_not_be_cancelled_decides_nothing(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("requires_action"))
    peer.says(RETRIEVE, intent("requires_action"))
    peer.says(CANCEL, unexpected_state("requires_action"))
    with pytest.raises(ProviderRefused):
        charge(stripe)


def test_only_what_is_said_of_a_card_reaches_the_customer(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    told = {"type": "card_error", "message": "Your card has insufficient funds."}
    untold = {"type": "api_error", "message": "acct_1 at shard 7 is read-only"}
    peer.says(CONFIRM, refusal(402, "card_error", "card_declined", decline_code="stolen_card"))
    peer.says(
        RETRIEVE,
        intent("requires_payment_method", last_payment_error=told),
        intent("requires_payment_method", last_payment_error=untold),
    )
    assert charge(stripe) == Answer.declined("No.")
    assert stripe.find("k") == Answer.declined("Your card has insufficient funds.")
    assert stripe.find("k") == Answer.declined("The payment was declined.")


@pytest.mark.parametrize(
    "refused",
    [
        refusal(400, "invalid_request_error", "resource_missing", param="payment_method"),
        refusal(400, "invalid_request_error", "amount_too_small", param="amount"),
        refusal(402, "card_error", "expired_card"),
    ],
)
def test_a_card_that_can_not_even_be_tried_is_declined(
    stripe: Stripe, peer: ScriptedStripe, refused: Said
) -> None:
    peer.says_instead(CREATE, refused)
    assert charge(stripe).outcome is Outcome.DECLINED
    assert stripe.cancel("k") == Answer.cancelled()


def test_a_request_that_makes_no_sense_is_no_decline(stripe: Stripe, peer: ScriptedStripe) -> None:
    peer.says_instead(CREATE, refusal(400, "idempotency_error"))
    with pytest.raises(ProviderRefused):
        charge(stripe)


def test_an_intent_in_a_state_we_never_ask_for_is_for_a_person(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    peer.says(CONFIRM, intent("requires_capture"))
    with pytest.raises(ProviderRefused):
        charge(stripe)


def test_what_was_really_taken_is_said(stripe: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, intent("succeeded", amount_received=4_100))
    assert charge(stripe).amount_cents == 4_100


def test_an_intent_that_stripe_has_never_heard_of_is_for_a_person(
    stripe: Stripe, peer: ScriptedStripe
) -> None:
    unknown = refusal(404, "invalid_request_error", "resource_missing", param="intent")
    peer.says(CONFIRM, unknown)
    peer.says(CANCEL, unknown)
    peer.says(RETRIEVE, unknown)
    with pytest.raises(ProviderRefused):
        charge(stripe)
    with pytest.raises(ProviderRefused):
        stripe.find("k")
    with pytest.raises(ProviderRefused):
        stripe.cancel("k")
