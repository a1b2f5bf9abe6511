"""The breaker: a provider that is away is asked by nobody, and by one when it may be back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event, Lock

import pytest
from embedded.databases import Database
from sqlalchemy import Engine, event, make_url

from functions.payments.domain import (
    Outcome,
    ProviderInProgress,
    ProviderRefused,
    ProviderUnavailable,
)
from functions.payments.providers import breaker
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.breaker import FAILURES, OPEN_FOR, PROBE, WITHIN, Breaker
from functions.payments.providers.guarded import Guarded
from functions.payments.providers.port import Answer
from functions.payments.tests.desk import NOW
from functions.shared.postgres import create_pool, transaction

SECOND = timedelta(seconds=1)
THREADS = 16


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Provider(BoxOffice):
    """It answers `answer`, or raises it; `asked` is how often. `meanwhile` happens before."""

    def __init__(self) -> None:
        self.answer: Answer | Exception = Answer.declined("No.")
        self.asked = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self._lock = Lock()

    def find(self, key: str) -> Answer | None:
        with self._lock:
            self.asked += 1
        answer = self.answer
        self.meanwhile()
        if isinstance(answer, Exception):
            raise answer
        return answer


AWAY = ProviderUnavailable.retry_after(1, "No route to the provider.")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def guarded(engine: Engine, provider: Provider, clock: Clock) -> Guarded:
    return Guarded(provider, Breaker(engine, "card", clock))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was counted."""
    counted: list[str] = []
    monkeypatch.setattr(breaker, "count", counted.append)
    return counted


def check(guarded: Guarded, engine: Engine) -> None:
    with transaction(engine) as connection:
        guarded.check(connection)


def ask(guarded: Guarded) -> bool:
    """Whether an answer came."""
    try:
        guarded.find("k")
    except ProviderUnavailable:
        return False
    return True


def fail(guarded: Guarded, provider: Provider, times: int = FAILURES) -> None:
    provider.answer = AWAY
    for _ in range(times):
        assert not ask(guarded)


def test_the_fifth_failure_within_ten_seconds_opens_it(
    guarded: Guarded, provider: Provider, clock: Clock, opened: list[str]
) -> None:
    assert (FAILURES, WITHIN, OPEN_FOR) == (5, 10 * SECOND, 10 * SECOND)
    fail(guarded, provider, 4)
    clock.now += WITHIN - SECOND
    assert opened == []
    fail(guarded, provider, 1)
    assert opened == ["payment_provider_open"]
    fail(guarded, provider, 3)
    assert provider.asked == 5


def test_failures_far_apart_do_not_open_it(
    guarded: Guarded, provider: Provider, clock: Clock, opened: list[str]
) -> None:
    for _ in range(12):
        fail(guarded, provider, 1)
        clock.now += WITHIN / 4
    assert opened == []
    assert provider.asked == 12


@pytest.mark.parametrize(
    "answer",
    [
        Answer.declined("No."),
        Answer.cancelled(),
        ProviderInProgress.retry_after(5, "It is at it."),
        ProviderRefused("That makes no sense."),
    ],
)
def test_an_answer_is_no_failure_whatever_it_says(
    guarded: Guarded, provider: Provider, opened: list[str], answer: Answer | Exception
) -> None:
    provider.answer = answer
    for _ in range(2 * FAILURES):
        try:
            guarded.find("k")
        except (ProviderInProgress, ProviderRefused) as raised:
            assert raised is answer  # noqa: PT017 - either it answers or it raises
    assert provider.asked == 2 * FAILURES
    assert opened == []


def test_while_it_is_open_the_refusal_says_how_long_to_wait(
    guarded: Guarded, engine: Engine, provider: Provider, clock: Clock
) -> None:
    fail(guarded, provider)
    provider.answer = Answer.cancelled()
    for seconds, rest in ((0, 10), (2.5, 8), (9.9, 1)):
        clock.now = NOW + timedelta(seconds=seconds)
        for question in (
            lambda: check(guarded, engine),
            guarded.admitted,
            lambda: guarded.charge("k", 1, "INR", "t"),
            lambda: guarded.find("k"),
            lambda: guarded.cancel("k"),
            lambda: guarded.refund("r", "k", 1),
        ):
            with pytest.raises(ProviderUnavailable) as raised:
                question()
            assert raised.value.headers == {"Retry-After": str(rest)}
    assert provider.asked == 5


def test_after_ten_seconds_a_success_closes_it(
    guarded: Guarded, provider: Provider, clock: Clock
) -> None:
    fail(guarded, provider)
    clock.now += OPEN_FOR
    provider.answer = Answer.cancelled()
    assert ask(guarded)
    # As if nothing had been: it takes five failures again.
    fail(guarded, provider, 4)
    provider.answer = Answer.cancelled()
    assert ask(guarded)


def test_after_ten_seconds_a_failure_opens_it_again(
    guarded: Guarded, provider: Provider, clock: Clock, opened: list[str]
) -> None:
    fail(guarded, provider)
    clock.now += OPEN_FOR
    fail(guarded, provider, 1)
    assert provider.asked == 6
    clock.now += OPEN_FOR - SECOND
    fail(guarded, provider, 1)
    assert provider.asked == 6
    assert opened == ["payment_provider_open"] * 2


def test_of_many_that_come_at_once_when_it_may_be_back_exactly_one_asks(
    guarded: Guarded, provider: Provider, clock: Clock
) -> None:
    for _ in range(5):
        fail(guarded, provider)
        clock.now += OPEN_FOR
        provider.answer, provider.asked = Answer.cancelled(), 0
        start, refused = Barrier(THREADS), Event()
        # The provider takes so long that all others come while it is being asked.
        provider.meanwhile = lambda refused=refused: refused.wait(10)  # type: ignore[misc]

        def come(start: Barrier = start) -> bool:
            start.wait()
            return ask(guarded)

        with ThreadPoolExecutor(THREADS) as threads:
            coming = [threads.submit(come) for _ in range(THREADS)]
            while sum(each.done() for each in coming) < THREADS - 1:
                assert provider.asked <= 1
            refused.set()
        assert sorted(each.result() for each in coming) == [False] * (THREADS - 1) + [True]
        assert provider.asked == 1
        provider.meanwhile = lambda: None
        clock.now += OPEN_FOR


def test_many_failures_at_once_open_it_once(
    guarded: Guarded, provider: Provider, opened: list[str]
) -> None:
    start = Barrier(THREADS)
    provider.answer = AWAY
    provider.meanwhile = lambda: start.wait(10)

    with ThreadPoolExecutor(THREADS) as threads:
        answers = [threads.submit(ask, guarded) for _ in range(THREADS)]
    assert not any(each.result() for each in answers)
    assert provider.asked == THREADS
    assert opened == ["payment_provider_open"]


def test_whoever_tries_and_dies_at_it_is_followed_by_another(
    guarded: Guarded, provider: Provider, clock: Clock
) -> None:
    class Death(BaseException):
        pass

    def die() -> None:
        raise Death

    fail(guarded, provider)
    clock.now += OPEN_FOR
    provider.answer, provider.meanwhile = Answer.cancelled(), die
    with pytest.raises(Death):
        guarded.find("k")
    provider.meanwhile = lambda: None
    clock.now += PROBE - SECOND
    assert not ask(guarded)
    clock.now += SECOND
    assert ask(guarded)


def test_it_recovers_within_thirty_seconds_of_the_providers_return(
    guarded: Guarded, provider: Provider, clock: Clock
) -> None:
    # At worst it is opened just before, and whoever tries first dies at it.
    fail(guarded, provider)
    provider.answer = Answer.cancelled()
    clock.now += OPEN_FOR
    assert guarded.admitted() is not None
    back = NOW
    while not ask(guarded):
        clock.now += SECOND
    assert clock.now - back < 30 * SECOND


def test_only_whoever_was_let_through_to_try_closes_it(
    guarded: Guarded, provider: Provider
) -> None:
    # An answer to a question from before it opened says nothing of now.
    provider.answer = Answer.cancelled()

    def open_meanwhile() -> None:
        provider.meanwhile = lambda: None
        fail(guarded, provider)

    provider.meanwhile = open_meanwhile
    assert ask(guarded)
    provider.answer = Answer.cancelled()
    assert not ask(guarded)


def test_a_late_failure_from_before_does_not_keep_it_open_for_longer(
    guarded: Guarded, provider: Provider, clock: Clock
) -> None:
    def open_meanwhile() -> None:
        provider.meanwhile = lambda: None
        fail(guarded, provider)
        clock.now += OPEN_FOR - SECOND

    provider.answer, provider.meanwhile = AWAY, open_meanwhile
    assert not ask(guarded)
    clock.now += SECOND
    provider.answer = Answer.cancelled()
    assert ask(guarded)


def test_leave_to_try_is_used_for_the_question_it_was_given_for(
    guarded: Guarded, engine: Engine, provider: Provider, clock: Clock
) -> None:
    fail(guarded, provider)
    clock.now += OPEN_FOR
    provider.answer = Answer.cancelled()
    check(guarded, engine)
    admitted = guarded.admitted()
    with pytest.raises(ProviderUnavailable):
        check(guarded, engine)
    assert not ask(guarded)
    assert admitted.find("k") == Answer.cancelled()
    check(guarded, engine)
    assert ask(guarded)


def test_who_has_a_connection_takes_a_second_one_only_to_be_let_through_to_try(
    guarded: Guarded,
    provider: Provider,
    clock: Clock,
    engine: Engine,
    request: pytest.FixtureRequest,
) -> None:
    taken: list[object] = []

    def take(*_: object) -> None:
        taken.append(1)

    request.addfinalizer(lambda: event.remove(engine, "checkout", take))
    with transaction(engine) as connection:
        event.listen(engine, "checkout", take)
        guarded.admitted(connection)
        assert taken == []
    fail(guarded, provider)
    with transaction(engine) as connection:
        taken.clear()
        with pytest.raises(ProviderUnavailable):
            guarded.admitted(connection)
        assert taken == []
        clock.now += OPEN_FOR
        guarded.admitted(connection)
        assert taken == [1]
    # Written down apart: nobody else is let through, whatever becomes of that transaction.
    with pytest.raises(ProviderUnavailable):
        guarded.admitted()


def test_it_is_shared_by_all_processes_and_each_provider_has_its_own(
    guarded: Guarded, provider: Provider, clock: Clock, payments_database: Database
) -> None:
    fail(guarded, provider)
    provider.answer = Answer.captured("t")
    elsewhere = create_pool(make_url(payments_database.url))
    assert not ask(Guarded(provider, Breaker(elsewhere, "card", clock)))
    other = Guarded(provider, Breaker(elsewhere, "another", clock))
    answer = other.find("k")
    elsewhere.dispose()
    assert answer is not None
    assert answer.outcome is Outcome.CAPTURED
