"""The simulator keeps every provider's promise, across processes: one key is one charge."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from embedded.config import free_port
from embedded.databases import Database
from sqlalchemy import Engine, make_url

from functions.payments.domain import Outcome, ProviderRefused, ProviderUnavailable
from functions.payments.providers import simulator
from functions.payments.providers.port import Answer, Provider
from functions.payments.providers.simulator import Simulator
from functions.shared.postgres import create_pool


@pytest.fixture
def provider(engine: Engine) -> Simulator:
    return Simulator(engine)


def charge(provider: Provider, key: str = "k", token: str = simulator.OK) -> Answer:
    return provider.charge(key, 100, "INR", token)


def test_a_key_charges_once(provider: Simulator) -> None:
    first = charge(provider)
    assert first.outcome is Outcome.CAPTURED
    assert charge(provider) == first == provider.find("k")


def test_a_decline_is_kept_too(provider: Simulator) -> None:
    first = charge(provider, token=simulator.DECLINED)
    assert first == Answer.declined("The card was declined.")
    assert charge(provider, token=simulator.DECLINED) == first


def test_a_request_lost_before_it_came_charged_nothing(provider: Simulator) -> None:
    with pytest.raises(ProviderUnavailable):
        charge(provider, token=simulator.TIMEOUT_BEFORE)
    assert provider.find("k") is None


def test_an_answer_lost_after_the_charge_is_found_by_another_process(
    provider: Simulator, payments_database: Database
) -> None:
    with pytest.raises(ProviderUnavailable):
        charge(provider, token=simulator.TIMEOUT_AFTER)
    elsewhere = create_pool(make_url(payments_database.url))
    found = Simulator(elsewhere).find("k")
    elsewhere.dispose()
    assert found is not None
    assert found.outcome is Outcome.CAPTURED
    assert charge(provider, token=simulator.TIMEOUT_AFTER) == found


def test_a_cancelled_key_is_refused_for_ever(provider: Simulator) -> None:
    assert provider.cancel("k") == Answer.cancelled()
    assert charge(provider) == provider.find("k") == provider.cancel("k") == Answer.cancelled()


@pytest.mark.parametrize("token", [simulator.OK, simulator.DECLINED])
def test_cancelling_too_late_says_what_came_before(provider: Simulator, token: str) -> None:
    first = charge(provider, token=token)
    assert provider.cancel("k") == first


def test_a_charge_and_its_cancellation_at_once_agree(provider: Simulator) -> None:
    for number in range(20):
        start = Barrier(2)
        key = f"k-{number}"

        def charging(key: str = key, start: Barrier = start) -> Answer:
            start.wait()
            return charge(provider, key)

        def cancelling(key: str = key, start: Barrier = start) -> Answer:
            start.wait()
            return provider.cancel(key)

        with ThreadPoolExecutor(2) as threads:
            charged, cancelled = threads.submit(charging), threads.submit(cancelling)
        assert charged.result() == cancelled.result() == provider.find(key)


@pytest.mark.parametrize(("amount_cents", "currency"), [(101, "INR"), (100, "EUR")])
def test_a_key_used_for_another_charge_is_refused(
    provider: Simulator, amount_cents: int, currency: str
) -> None:
    charge(provider)
    with pytest.raises(ProviderRefused):
        provider.charge("k", amount_cents, currency, simulator.OK)


def test_refunds_are_once_for_a_key_and_never_exceed_the_charge(provider: Simulator) -> None:
    charge(provider)
    assert provider.refund("r-1", "k", 60) == provider.refund("r-1", "k", 60)
    with pytest.raises(ProviderRefused):
        provider.refund("r-1", "k", 40)
    with pytest.raises(ProviderRefused):
        provider.refund("r-2", "k", 41)
    provider.refund("r-2", "k", 40)
    with pytest.raises(ProviderRefused):
        provider.refund("r-3", "k", 1)


def test_nothing_is_refunded_of_what_was_not_captured(provider: Simulator) -> None:
    charge(provider, token=simulator.DECLINED)
    for key in ("k", "unknown"):
        with pytest.raises(Exception, match=r"captured|foreign key"):
            provider.refund("r-1", key, 1)


def test_its_database_away_is_the_provider_away() -> None:
    nowhere = create_pool(make_url(f"postgresql+pg8000://a:b@127.0.0.1:{free_port()}/c"))
    with pytest.raises(ProviderUnavailable):
        Simulator(nowhere).find("k")


def test_it_knows_its_own_tokens(provider: Simulator) -> None:
    assert all(map(provider.accepts, simulator.TOKENS))
    assert not provider.accepts("tok_unheard_of")
