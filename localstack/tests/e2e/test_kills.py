"""kill -9 at random moments of a busy sale: workers, connections, Postgres; and clean restarts.

Then the clock is moved past every window, payments' relay and the reconciler run (twice at the
most), and everything has to be settled: by the audit, by the customers' own view, and by the
provider's books. `make kills` is the long form; BOXOFFICE_SEED gives the same choices again (not
the same interleaving).
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import pytest
from embedded.config import free_port
from embedded.settings import Settings
from embedded.stack import RunningStack
from fault_rules import FaultRules
from own_stacks import hand_on, take_over

from e2e.client import hall, register, sign_in
from e2e.conftest import ADMINISTRATOR
from e2e.killing import Killer, RestartableStack
from e2e.patience import PatientClient
from e2e.shoppers import KINDS, SEATS, Booking, Shopper
from e2e.takings import check_customers_view
from e2e.tasks import run_task
from functions.audit.invariants import violations
from functions.audit.reading import Stores

PAST_ALL_WINDOWS: Final = timedelta(hours=2)
MOST_PASSES: Final = 2


@dataclass(frozen=True)
class Sale:
    """How much is sold, by how many at once, and how often it is struck."""

    bookings: int
    customers: int
    events: int
    kills: int
    restarts: int
    at_once: int = 8


# Half as many at once: each needs workers of its own, started again after every restart.
SHORT: Final = Sale(bookings=14, customers=6, events=2, kills=4, restarts=1, at_once=4)
LONG: Final = Sale(bookings=200, customers=24, events=8, kills=50, restarts=2)


@pytest.fixture
def rules(tmp_path: Path) -> FaultRules:
    return FaultRules(tmp_path / "switch")


@pytest.fixture
def stack(rules: FaultRules, tmp_path: Path) -> Iterator[RestartableStack]:
    settings = Settings(
        port=free_port(), state=tmp_path / "state", with_demo=False, test_switch=rules.folder
    )
    take_over(settings)
    started = RestartableStack(settings)
    try:
        started.await_ready()
        yield started
    finally:
        started.stop()
        hand_on(settings)


@pytest.mark.timeout(4 * 3600)
def test_whoever_is_killed_every_order_is_settled_and_nobody_pays_for_nothing(
    stack: RestartableStack, rules: FaultRules
) -> None:
    sale = LONG if os.environ.get("BOXOFFICE_LONG") == "1" else SHORT
    seed = int(os.environ.get("BOXOFFICE_SEED") or random.SystemRandom().randrange(10**6))
    print(f"\nseed {seed}: {sale}")
    began = time.monotonic()
    url = stack.settings.url
    organizer = sign_in(url, *ADMINISTRATOR)
    event_ids = [hall(organizer, rows=4, seats=SEATS // 4) for _ in range(sale.events)]
    closed = threading.Event()
    customers = [PatientClient(register(url), closed) for _ in range(sale.customers)]
    print(f"prepared: {time.monotonic() - began:.0f} s")

    began = time.monotonic()
    killer = Killer(stack, random.Random(f"{seed} killer"))
    bookings = sell(sale, seed, event_ids, customers, killer, closed)
    _report(time.monotonic() - began, bookings, customers, killer)
    assert killer.kills.total() == sale.kills

    rules.move_clock(PAST_ALL_WINDOWS)
    settle(stack.running, rules)
    check_customers_view(sign_in(url, *ADMINISTRATOR), event_ids, bookings, stack.running)


def sell(
    sale: Sale,
    seed: int,
    event_ids: list[int],
    customers: list[PatientClient],
    killer: Killer,
    closed: threading.Event,
) -> list[Booking]:
    """Let all bookings be made while the killer goes round; what they came to."""
    chance = random.Random(f"{seed} sale")
    kinds = chance.choices(list(KINDS), weights=list(KINDS.values()), k=sale.bookings)
    # As many different ones as there is room for.
    kinds[: len(KINDS)] = chance.sample(list(KINDS), len(KINDS))
    free: SimpleQueue[PatientClient] = SimpleQueue()
    for customer in customers:
        free.put(customer)
    steps = Steps()

    def book(number: int) -> Booking:
        customer = free.get()
        steps.count()
        try:
            own = random.Random(f"{seed} {number}")
            return Shopper(customer, kinds[number], event_ids, own).shop()
        finally:
            steps.count()
            free.put(customer)

    def go_round() -> None:
        try:
            strike(sale, chance, steps, killer)
        except BaseException:
            closed.set()
            raise

    with ThreadPoolExecutor(sale.at_once + 1) as pool:
        rounds = pool.submit(go_round)
        made = [pool.submit(book, number) for number in range(sale.bookings)]
        wait(made)
        rounds.result()
        return [one.result() for one in made]


class Steps:
    """How far the sale has come: a booking is one step when it begins and one when it ends."""

    def __init__(self) -> None:
        self._come = threading.Condition()
        self._count = 0

    def count(self) -> None:
        with self._come:
            self._count += 1
            self._come.notify_all()

    def reach(self, step: float) -> None:
        with self._come:
            self._come.wait_for(lambda: self._count >= step)


def strike(sale: Sale, chance: random.Random, steps: Steps, killer: Killer) -> None:
    """Go round: at random moments of the sale kill somebody, at some of them restart it all."""
    fifth = max(1, sale.kills // 5)
    kinds = ["postgres"] * fifth + ["backend"] * fifth
    kinds += ["worker"] * (sale.kills - len(kinds)) + ["restart"] * sale.restarts
    chance.shuffle(kinds)
    last = 2 * sale.bookings - 2 * sale.at_once
    moments = sorted(chance.uniform(1, last) for _ in kinds)
    for moment, kind in zip(moments, kinds, strict=True):
        steps.reach(moment)
        time.sleep(chance.uniform(0, 0.5))
        if kind == "restart":
            killer.restart()
        else:
            killer.kill(kind)


def settle(running: RunningStack, rules: FaultRules) -> None:
    """Have what is left settled by those whose work it is, until the audit has nothing to say."""
    found: list[Any] = []
    for number in range(1, MOST_PASSES + 1):
        began = time.monotonic()
        relayed = run_task(running, "payments", "tasks", "relay_outbox")
        reconciled = _reconcile(running)
        found = _audit(running, rules)
        print(
            f"pass {number}: {time.monotonic() - began:.1f} s, relay {relayed},"
            f" reconciler {reconciled}, {len(found)} violations"
        )
        if not found:
            return
        print(*found, sep="\n")
    pytest.fail("\n".join(map(str, found)))


def _reconcile(running: RunningStack) -> dict[str, int]:
    """One pass over all open orders: on a busy machine it takes more than one invocation's time."""
    outcomes: Counter[str] = Counter()
    while True:
        said = run_task(running, "orders", "reconciler", "reconcile_open_orders")
        outcomes.update(said)
        if not said.get("left"):
            del outcomes["left"]
            return dict(outcomes)


def _audit(running: RunningStack, rules: FaultRules) -> list[Any]:
    engine = running.databases["payments"].engine()
    stores = Stores(
        running.client("dynamodb"), running.tables["seating"], running.tables["orders"], engine
    )
    found = violations(stores.read(), rules.now(), at_rest=True)
    engine.dispose()
    return list(found)


def _report(
    seconds: float, bookings: list[Booking], customers: list[PatientClient], killer: Killer
) -> None:
    retries: Counter[str] = sum((customer.retries for customer in customers), Counter())
    outcomes = Counter(f"{booking.kind}: {booking.came_to}" for booking in bookings)
    print(f"sold: {seconds:.0f} s, {killer.restarts} restarts, killed {dict(killer.kills)}")
    print(f"bookings: {dict(sorted(outcomes.items()))}")
    print(f"asked again: {dict(retries)}")
