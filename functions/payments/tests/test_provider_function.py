"""Stripe is reached by a function outside the network: what it says comes back as it was said, and
whatever becomes of that function itself is no answer.
"""

import json
import logging
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from sqlalchemy import Engine

from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE, Outcome, ProviderRefused, ProviderUnavailable
from functions.payments.providers.port import Answer
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.key import StripeAccount
from functions.payments.providers.stripe.remote import ProviderFunction
from functions.payments.settings import PaymentsSettings
from functions.payments.tests.stand_ins import Deployed, KnownSecrets
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
    unexpected_state,
)


@pytest.fixture
def far(engine: Engine, payments_provider: ModuleType) -> Stripe:
    """The adapter as it is deployed: its line is another function."""
    return Stripe(engine, ProviderFunction(Deployed(payments_provider), "provider"))  # type: ignore[arg-type]


class Broken:
    """Lambda, with a function in it that ends otherwise than by answering."""

    def __init__(self, end: Exception | dict[str, Any]) -> None:
        self._end = end

    def invoke(self, **_call: Any) -> dict[str, Any]:
        if isinstance(self._end, Exception):
            raise self._end
        return {
            "FunctionError": "Unhandled",
            "Payload": BytesIO(json.dumps(self._end).encode()),
        }


def test_a_charge_and_its_refund_cross_over(far: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, intent("succeeded"))
    peer.says(RETRIEVE, intent("succeeded"))
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, Said(200, refund()))
    captured = charge(far)
    assert (captured.outcome, captured.amount_cents) == (Outcome.CAPTURED, 4_200)
    assert far.find("k") == captured
    assert far.refund("r", "k", 4_200) == "re_1"


def test_a_decline_crosses_over_with_its_reason(far: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, refusal(402, "card_error", "card_declined"))
    assert charge(far) == Answer.declined("No.")


def test_a_card_that_can_not_be_tried_crosses_over(far: Stripe, peer: ScriptedStripe) -> None:
    peer.says_instead(CREATE, refusal(402, "card_error", "expired_card"))
    assert charge(far).outcome is Outcome.DECLINED


def test_a_refusal_crosses_over(far: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, unexpected_state("canceled"))
    peer.says(RETRIEVE, intent("canceled"))
    peer.says(CANCEL, intent("canceled"))
    assert charge(far) == far.cancel("k")
    peer.says(LIST_REFUNDS, NO_REFUNDS)
    peer.says(REFUND, refusal(400, "invalid_request_error", "charge_already_refunded"))
    with pytest.raises(ProviderRefused):
        far.refund("r", "k", 1)


def test_silence_crosses_over(far: Stripe, peer: ScriptedStripe) -> None:
    peer.says(CONFIRM, refusal(500, "api_error"))
    with pytest.raises(ProviderUnavailable) as raised:
        charge(far)
    assert raised.value.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "end",
    [
        {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 15.00 seconds"},
        {"errorType": "KeyError", "errorMessage": "'STRIPE_KEY_ARN'"},
        ReadTimeoutError(endpoint_url="lambda"),
        ConnectTimeoutError(endpoint_url="lambda"),
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
    ],
)
def test_a_function_that_dies_has_not_answered(
    engine: Engine, end: Exception | dict[str, Any]
) -> None:
    dying = Stripe(engine, ProviderFunction(Broken(end), "provider"))  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable):
        charge(dying)
    assert dying.find("k") is None


def test_the_key_is_fetched_once_and_again_when_it_may_have_been_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = KnownSecrets({"apiKey": KEY})
    account = StripeAccount(secrets, "arn")  # type: ignore[arg-type]
    monkeypatch.setattr("time.monotonic", lambda: 1_000.0)
    assert account.line() is account.line()
    assert secrets.fetched == 1
    monkeypatch.setattr("time.monotonic", lambda: 1_300.0)
    account.line()
    assert secrets.fetched == 2


def test_where_nobody_has_put_a_key_in_nothing_is_charged(peer_api: str) -> None:
    account = StripeAccount(KnownSecrets({"apiKey": ""}), "arn", peer_api)  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable):
        account.line()


def test_neither_the_key_nor_a_card_is_ever_logged(
    far: Stripe, peer: ScriptedStripe, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    peer.says(CONFIRM, refusal(401, "invalid_request_error"))
    with pytest.raises(ProviderUnavailable):
        charge(far)
    said = caplog.text + "".join(capfd.readouterr())
    assert "Stripe does not take our key" in said
    assert KEY not in said
    assert "pm_card_visa" not in said


def test_who_takes_cards_is_a_setting(environment: dict[str, str]) -> None:
    def opened(**more: str) -> Cashier:
        names = {name.lower(): value for name, value in environment.items()}
        return Cashier.open(PaymentsSettings.model_validate(names | more))

    assert opened().card_provider == "simulator"
    assert opened().accepts("tok_ok")
    assert set(opened().providers) == {"simulator", BOX_OFFICE}
    stripe = opened(card_provider="stripe", payments_provider_function="provider")
    assert stripe.accepts("pm_1")
    assert not stripe.accepts("tok_ok")
