"""Where Stripe takes the cards: one function reaches it, and it alone knows the key."""

import json

import pytest

from functions.payments.domain import ANSWER_GRACE
from functions.payments.providers.stripe import adapter, remote, sdk
from infra.environments import environment_of
from infra.tests.assembly import Assembly
from infra.tests.conftest import Assemblies
from infra.timeouts import API_SECONDS, PROVIDER_SECONDS, TASK_SECONDS

API = "http://127.0.0.1:12111"


def test_real_cards_are_taken_in_production_only() -> None:
    takers = {
        name: environment_of({"environment": name}).card_provider
        for name in ("local", "staging", "production")
    }
    assert takers == {"local": "simulator", "staging": "simulator", "production": "stripe"}


def test_whoever_charges_knows_who_takes_cards(assembly: Assembly) -> None:
    wanted = "stripe" if assembly.environment == "production" else "simulator"
    for name in ("payments-api", "payments-tasks", "payments-notices"):
        variables = assembly.functions()[name]["Environment"]["Variables"]
        assert variables["CARD_PROVIDER"] == wanted
        assert ("PAYMENTS_PROVIDER_FUNCTION" in variables) is (wanted == "stripe")


def test_what_reaches_stripe_stands_outside_the_network(production: Assembly) -> None:
    functions = production.functions()
    assert "VpcConfig" in functions["payments-api"]
    assert "VpcConfig" not in functions["payments-provider"]


def test_the_secret_is_made_without_a_key_for_somebody_to_put_in(assembly: Assembly) -> None:
    made = [
        json.loads(secret["SecretString"])
        for _, _, secret in assembly.resources("AWS::SecretsManager::Secret")
        if secret.get("Name") == f"boxoffice/{assembly.environment}/stripe"
    ]
    assert made == ([{"apiKey": ""}] if assembly.environment == "production" else [])


def test_every_wait_ends_before_that_of_whoever_waits_for_it() -> None:
    request = sdk.CONNECT_SECONDS + sdk.READ_SECONDS
    assert request < PROVIDER_SECONDS < remote.ANSWER_SECONDS
    # Two requests, of which the first may only have been short, and no retries of either.
    assert remote.ATTEMPTS == 1
    longest = adapter.PATIENCE_SECONDS + remote.ANSWER_SECONDS
    assert longest < min(TASK_SECONDS, API_SECONDS)
    assert adapter.PATIENCE_SECONDS + request <= ANSWER_GRACE.total_seconds()


def test_locally_somebody_else_may_play_stripes_part(assemblies: Assemblies) -> None:
    functions = assemblies.local_with(stripeApi=API).functions()
    variables = functions["payments-provider"]["Environment"]["Variables"]
    assert variables["STRIPE_API"] == API
    assert functions["payments-api"]["Environment"]["Variables"]["CARD_PROVIDER"] == "stripe"
    assert "payments-simulator" not in functions


@pytest.mark.parametrize("name", ["staging", "production"])
def test_nobody_else_plays_stripes_part_elsewhere(name: str) -> None:
    assert environment_of({"environment": name, "stripeApi": API}).stripe_api is None
