"""Stripe's own account as reconciliation reads it: from a Stripe that others made, and in the
shapes of its documentation.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from functions.payments.cashier import Cashier
from functions.payments.domain import ProviderUnavailable, payment_id_of
from functions.payments.providers.statement import Stated
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.sdk import StripeSdk
from functions.payments.providers.stripe.statement import StripeStatement
from functions.payments.reconciling import compare
from functions.payments.tests.desk import NOW, announce, give
from functions.payments.tests.stripe_peers import KEY, Said, ScriptedStripe, localstripe
from functions.payments.tests.stripe_shapes import LIST_REFUNDS, intent, refund, refusal

LIST_INTENTS = "GET /v1/payment_intents"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[str]:
    with localstripe() as address:
        yield address


def test_all_that_stripe_took_and_gave_back_is_in_its_account(engine: Engine, api: str) -> None:
    provider = Stripe(engine, StripeSdk(KEY, api))
    first = provider.charge("charge-1", 4_200, "INR", "pm_card_visa")
    for number in range(2, 13):
        provider.charge(f"charge-{number}", 100 * number, "EUR", "pm_card_visa")
    provider.charge("declined", 4_200, "INR", "pm_card_chargeCustomerFail")
    StripeSdk(KEY, api).create("unconfirmed", 4_200, "INR", "pm_card_visa")
    refund_id = provider.refund("refund-1", "charge-1", 1_000)
    statement = StripeStatement(KEY, api)
    charges = {stated.key: stated for stated in statement.charges(None)}
    assert charges.keys() == {f"charge-{number}" for number in range(1, 13)}
    began = datetime.now(UTC) - timedelta(minutes=1)
    assert charges["charge-1"].at > began
    assert charges["charge-1"]._replace(at=AT) == Stated(
        "charge-1", str(first.transaction_id), 4_200, "INR", AT
    )
    (given,) = statement.refunds(None)
    assert given._replace(at=AT) == Stated("refund-1", refund_id, 1_000, "INR", AT, "charge-1")


def test_books_agree_with_stripe_until_somebody_moves_money_by_hand(
    cashier: Cashier, api: str
) -> None:
    line = StripeSdk(KEY, api)
    stripe = Stripe(cashier.engine, line)
    desk = replace(cashier, providers={"stripe": stripe}, card_provider="stripe")
    for number, cents in enumerate((2_205, 1_050, 0)):
        announce(desk, f"o-{number}", "card", "pm_card_visa", amount_cents=cents)
    give(desk, payment_id_of("o-0"), 1_000, NOW)

    def differences() -> list[str]:
        later = datetime.now(UTC) + timedelta(minutes=1)
        statement = StripeStatement(KEY, api)
        found = compare(desk.engine, statement, None, later, timedelta(0)).differences
        return [each.name for each in found]

    assert differences() == []
    (theirs,) = (
        each for each in StripeStatement(KEY, api).charges(None) if each.amount_cents == 1_050
    )
    line.refund("by hand", theirs.transaction_id, 50)
    stripe.charge("by hand", 4_200, "INR", "pm_card_visa")
    assert differences() == ["charge-only-there", "refund-only-there"]


def page(*items: Any, has_more: bool = False, url: str = "/v1/payment_intents") -> Said:
    """https://docs.stripe.com/api/pagination"""
    return Said(200, {"object": "list", "data": [*items], "has_more": has_more, "url": url})


def listed(name: str, status: str = "succeeded", **more: Any) -> dict[str, Any]:
    told = {"id": name, "created": int(AT.timestamp()), "metadata": {"attempt_key": f"of-{name}"}}
    return intent(status, **told | more).body


def test_an_account_of_many_pages_is_read_to_its_end(peer: ScriptedStripe, peer_api: str) -> None:
    peer.says(LIST_INTENTS, page(listed("pi_1"), listed("pi_2"), has_more=True))
    peer.says(LIST_INTENTS, page(listed("pi_3")))
    charges = list(StripeStatement(KEY, peer_api).charges(AT))
    assert charges == [
        Stated(f"of-pi_{number}", f"pi_{number}", 4_200, "INR", AT) for number in (1, 2, 3)
    ]
    first, second = (asked.fields for asked in peer.asked)
    assert first == {"limit": "100", "created[gte]": str(int(AT.timestamp()))}
    assert second == first | {"starting_after": "pi_2"}


def test_only_money_that_was_taken_is_in_the_account(peer: ScriptedStripe, peer_api: str) -> None:
    statuses = ("processing", "requires_action", "canceled", "requires_payment_method")
    peer.says(LIST_INTENTS, page(*(listed(f"pi_{each}", each) for each in statuses)))
    assert list(StripeStatement(KEY, peer_api).charges(None)) == []


def test_what_stripe_took_less_of_is_told_as_it_took_it(
    peer: ScriptedStripe, peer_api: str
) -> None:
    peer.says(LIST_INTENTS, page(listed("pi_1", amount_received=4_000)))
    (stated,) = StripeStatement(KEY, peer_api).charges(None)
    assert stated.amount_cents == 4_000


def test_what_was_made_by_others_has_no_key_of_ours(peer: ScriptedStripe, peer_api: str) -> None:
    peer.says(LIST_INTENTS, page(listed("pi_1", metadata={})))
    peer.says(LIST_REFUNDS, page(_refund(metadata={}, payment_intent=None), url="/v1/refunds"))
    statement = StripeStatement(KEY, peer_api)
    assert [stated.key for stated in statement.charges(None)] == [None]
    assert [(stated.key, stated.charge_key) for stated in statement.refunds(None)] == [(None, None)]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("succeeded", True), ("pending", True), ("failed", False), ("canceled", False)],
)
def test_a_refund_that_came_back_is_not_in_the_account(
    peer: ScriptedStripe, peer_api: str, status: str, counts: bool
) -> None:
    peer.says(LIST_REFUNDS, page(_refund(status), url="/v1/refunds"))
    refunds = list(StripeStatement(KEY, peer_api).refunds(AT))
    paid_back = Stated("refund-1", "re_1", 4_200, "INR", AT, "of-pi_1")
    assert refunds == ([paid_back] if counts else [])
    (asked,) = peer.asked
    assert asked.fields["expand[0]"] == "data.payment_intent"


@pytest.mark.parametrize("status", [401, 500])
def test_an_account_that_cannot_be_read_is_a_provider_that_is_away(
    peer: ScriptedStripe, peer_api: str, status: int
) -> None:
    peer.says(LIST_INTENTS, refusal(status, "api_error"))
    with pytest.raises(ProviderUnavailable):
        list(StripeStatement(KEY, peer_api).charges(None))


def _refund(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    told = {
        "created": int(AT.timestamp()),
        "currency": "inr",
        "metadata": {"refund_key": "refund-1"},
        "payment_intent": listed("pi_1"),
    }
    return refund(status, **told | more)
