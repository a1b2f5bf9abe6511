"""Where the machine's events take place: what is known, how each is survived, what must hold."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from botocore.exceptions import ReadTimeoutError
from hypothesis import currently_in_test_context, note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from functions.audit.invariants import violations
from functions.shared.tests.deployed import Answer
from statemachines.tests.soak import provider
from statemachines.tests.soak.promises import Moment, Promises
from statemachines.tests.soak.requests import Request
from statemachines.tests.world.step_functions import TaskError
from statemachines.tests.world.stores import WRITES
from statemachines.tests.world.switchboard import Blackout, Crash, Effect
from statemachines.tests.world.world import World

CUSTOMERS: Final = 3
# No minutely job comes unless an event lets it: nothing is late before the end.
_PATIENCE: Final = timedelta(days=365)


class KnownOrder(NamedTuple):
    user_id: int
    order_id: str
    total_cents: int


class Stage(RuleBasedStateMachine):
    """`tally` counts what happened: runs, events by name, faults that struck."""

    def __init__(self, world: World, tally: Counter[str]) -> None:
        super().__init__()
        self.world = world
        self.tally = tally
        tally["runs"] += 1
        world.restart()
        self.users = [world.new_user() for _ in range(CUSTOMERS)]
        self.requests: list[Request] = []
        # What customers know by an answer: their reservations and orders.
        self.reservations: list[tuple[int, str]] = []
        self.orders: list[KnownOrder] = []
        self.promises = Promises()
        # Attempts of which the provider said first that it had cancelled them.
        self.late: set[str] = set()
        self.seen = Moment(world.facts(), world.clock.now)
        self.is_stored_anew = False
        self.is_broken = False

    @invariant()
    def every_promise_is_kept(self) -> None:
        # What nobody wrote needs not be read again; it is another time, though.
        facts = self.world.facts() if self.is_stored_anew else self.seen.facts
        self.is_stored_anew = False
        before, self.seen = self.seen, Moment(facts, self.world.clock.now)
        found = violations(self.seen.facts, self.seen.now, allowance=_PATIENCE)
        told = self.promises.broken(before, self.seen)
        twice = provider.charged_twice(self.seen.facts, self.late)
        self._check([*map(str, found), *told, *twice])

    def teardown(self) -> None:
        """At rest nothing is open, and the provider has kept just what was sold."""
        self.world.board.clear()
        self.world.are_sagas_held = False
        if self.is_broken:
            return
        self.world.come_to_rest()
        rest = Moment(self.world.facts(), self.world.clock.now)
        found = [str(each) for each in violations(rest.facts, rest.now, at_rest=True)]
        found += self.promises.broken(self.seen, rest)
        found += [f"{order} is open" for order in self.world.open_orders()]
        found += provider.charged_twice(rest.facts, self.late)
        found += provider.accounts_differ(rest.facts)
        self._check(found)

    def _check(self, found: list[str]) -> None:
        self.is_broken = self.is_broken or bool(found)
        assert not found, "\n".join(found)

    # For its events.

    def new_key(self) -> str:
        return f"key-{len(self.requests)}"

    def send(self, request: Request) -> Answer | None:
        if request not in self.requests:
            self.requests.append(request)
        answers: list[Answer | None] = []
        self.happen(lambda: answers.append(request.send(self.world)))
        answer = answers[0] if answers else None
        say(f"{answer and (answer.status, answer.body.get('code') if answer.body else None)}")
        self.promises.hear(request, answer)
        if answer is not None and answer.status == HTTPStatus.CREATED:
            self._learn(request.user_id, answer.body)
        return answer

    def run_task(self, function: str, payload: dict[str, Any]) -> None:
        try:
            self.world.functions.run(function, payload)
        except TaskError as error:
            say(f"{error.name}: {error}")
        self.world.run()

    def happen(self, event: Callable[[], object]) -> None:
        effects = self.world.board.effects
        begun = len(effects)
        try:
            event()
        except Blackout:
            self.world.sagas.abort_all()
        except (Crash, ReadTimeoutError):
            # Whoever did it died of it, or does not know whether it is done.
            pass
        self.is_stored_anew |= any(_is_store_written(effect) for effect in effects[begun:])

    def _learn(self, user_id: int, told: dict[str, Any]) -> None:
        if "reservedSeats" in told:
            reservation = (user_id, told["reservationId"])
            if reservation not in self.reservations:
                self.reservations.append(reservation)
        elif "totalCents" in told:
            order = KnownOrder(user_id, told["orderId"], told["totalCents"])
            if order not in self.orders:
                self.orders.append(order)


def say(what: str) -> None:
    """In the story of a run that fails; nothing where Hypothesis tells none."""
    if currently_in_test_context():
        note(f"    {what}")


def _is_store_written(effect: Effect) -> bool:
    """Or may be: of a doubled write the first is not seen."""
    is_write = effect.name.startswith((*WRITES, "commit", "provider"))
    return is_write and (effect.changes or effect.is_doubled)
