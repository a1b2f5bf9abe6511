"""The machine: whatever customers, time, AWS and the provider can do next, in any order.

Its events only act. What must hold after each of them is the audit's, and what customers were told
(promises.py). Choices are places in what there is, newest first, so that a run prints as a story
and shrinks to a short one.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from botocore.exceptions import ReadTimeoutError
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from functions.audit.invariants import violations
from functions.payments.domain import payment_id_of
from functions.payments.providers.simulator import (
    DECLINED,
    OK,
    TIMEOUT_AFTER,
    TIMEOUT_BEFORE,
)
from functions.shared.tests.deployed import Answer
from statemachines.tests.soak import late_money
from statemachines.tests.soak.boundaries import boundaries
from statemachines.tests.soak.events import Event, may_happen, next_event
from statemachines.tests.soak.promises import Moment, Promises
from statemachines.tests.soak.repeats import again, repeatable
from statemachines.tests.soak.requests import (
    Request,
    cancelling,
    charging,
    ordering,
    refunding,
    releasing,
    reserving,
)
from statemachines.tests.world.faults import FAULTS
from statemachines.tests.world.step_functions import TaskError
from statemachines.tests.world.stores import WRITES
from statemachines.tests.world.switchboard import Blackout, Crash, Effect, Point
from statemachines.tests.world.world import LONG_SECONDS, World

_CUSTOMERS: Final = 3
# No minutely job comes unless a rule lets it: nothing is late before the end.
_PATIENCE: Final = timedelta(days=365)
STRIKES: Final = {
    f"{fault.name} {moment}": (fault, moment) for fault in FAULTS for moment in fault.moments
}

# Places, newest first; most often the newest is what matters.
places = st.integers(0, 3)
distant_places = st.integers(0, 25)
customers = st.integers(0, _CUSTOMERS - 1)
some_seats = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True)
tokens = st.sampled_from([OK, OK, DECLINED, TIMEOUT_BEFORE, TIMEOUT_AFTER])


class KnownOrder(NamedTuple):
    user_id: int
    order_id: str
    total_cents: int


class AnyOrder(RuleBasedStateMachine):
    """`tally` counts what happened: runs, events by name, faults that struck."""

    def __init__(self, world: World, tally: Counter[str]) -> None:
        super().__init__()
        self.world = world
        self.tally = tally
        tally["runs"] += 1
        world.restart()
        self.users = [world.new_user() for _ in range(_CUSTOMERS)]
        self.requests: list[Request] = []
        # What customers know by an answer: their reservations and orders.
        self.reservations: list[tuple[int, str]] = []
        self.orders: list[KnownOrder] = []
        self.promises = Promises()
        self.seen = Moment(world.facts(), world.clock.now)
        self.is_stored_anew = False
        self.is_broken = False

    @rule(event=next_event())
    def happens(self, event: Event) -> None:
        self.tally[event.name] += 1
        getattr(self, event.name)(**event.arguments)

    # Customers.

    @may_happen(often=2, customer=customers, seats=some_seats)
    def reserve(self, customer: int, seats: list[int]) -> None:
        user_id = self.users[customer]
        self._send(reserving(user_id, self._new_key(), self.world.event_id, seats))

    @may_happen(
        often=3,
        when=lambda self: self.reservations,
        reservation=places,
        token=st.none() | tokens,
    )
    def order_reservation(self, reservation: int, token: str | None) -> None:
        user_id, reservation_id = newest(self.reservations, reservation)
        wanted = {"reservationId": reservation_id}
        self._send(ordering(user_id, self._new_key(), wanted, token))

    @may_happen(often=3, customer=customers, seats=some_seats, token=st.none() | tokens)
    def order_seats(self, customer: int, seats: list[int], token: str | None) -> None:
        wanted = {"eventId": self.world.event_id, "seatIds": seats}
        self._send(ordering(self.users[customer], self._new_key(), wanted, token))

    @may_happen(often=4, when=lambda self: self.orders, order=places, token=tokens)
    def charge(self, order: int, token: str) -> None:
        self._charge(order, token)

    @may_happen(when=lambda self: self.orders, order=places, off_by=st.sampled_from([-1, 1]))
    def charge_wrong_amount(self, order: int, off_by: int) -> None:
        answer = self._charge(order, OK, off_by)
        assert answer is None or answer.status >= HTTPStatus.BAD_REQUEST, f"taken: {answer}"

    @may_happen(when=lambda self: self.reservations, reservation=places)
    def release(self, reservation: int) -> None:
        user_id, reservation_id = newest(self.reservations, reservation)
        self._send(releasing(user_id, self._new_key(), reservation_id))

    @may_happen(often=2, when=lambda self: self.orders, order=places)
    def cancel(self, order: int) -> None:
        """Give up an order that waits, or have one that is confirmed refunded."""
        known = newest(self.orders, order)
        self._send(cancelling(known.user_id, self._new_key(), known.order_id))

    @may_happen(when=lambda self: self.orders, order=places)
    def refund(self, order: int) -> None:
        """The other door to a refund; of what is confirmed, if anything is."""
        known = newest(self._with_last("CONFIRMED"), order)
        payment_id = payment_id_of(known.order_id)
        self._send(refunding(known.user_id, self._new_key(), known.order_id, payment_id))

    @may_happen(often=2, when=lambda self: self.requests, request=distant_places)
    def send_again(self, request: int) -> None:
        self._send(newest(self.requests, request))

    # Time.

    @may_happen(often=2, seconds=st.integers(1, 60) | st.just(LONG_SECONDS))
    def wait(self, seconds: int) -> None:
        self._happen(lambda: self.world.pass_time(seconds))

    @may_happen(
        often=2,
        when=lambda self: boundaries(self.seen.facts, self.seen.now),
        boundary=places,
        seconds=st.sampled_from([-1, 0, 1]),
    )
    def wait_for_boundary(self, boundary: int, seconds: int) -> None:
        """A window's end to come: a second before, exactly then, or a second after."""
        coming = boundaries(self.seen.facts, self.seen.now)
        until = coming[boundary % len(coming)] + timedelta(seconds=seconds)
        self._happen(lambda: self.world.pass_time((until - self.world.clock.now).total_seconds()))

    # What runs by itself.

    @may_happen()
    def sweep(self) -> None:
        self._happen(self.world.sweep)
        # TTL's own deletions pass no switchboard.
        self.is_stored_anew = True

    @may_happen(often=2)
    def reconcile(self) -> None:
        self._happen(self.world.reconcile)

    @may_happen(often=2)
    def hold_sagas_or_let_them_run(self) -> None:
        self.world.are_sagas_held = not self.world.are_sagas_held
        self._happen(self.world.run)

    # What happens twice, late, or not at all.

    @may_happen(often=3, when=lambda self: self.world.functions.asked, task=distant_places)
    def deliver_task_again(self, task: int) -> None:
        function, payload = newest(repeatable(self.world), task)
        note(f"    {payload}")
        self._happen(lambda: self._run_task(function, payload))

    @may_happen(when=lambda self: self.world.sagas.executions, execution=places)
    def execute_again(self, execution: int) -> None:
        known = newest(list(self.world.sagas.executions), execution)
        note(f"    {known}")
        self._happen(lambda: again(self.world, known))

    @may_happen(often=2, when=lambda self: late_money.candidates(self.seen.facts), attempt=places)
    def capture_late(self, attempt: int) -> None:
        """The provider took the money after all, and says so."""
        attempt_key = newest(late_money.candidates(self.seen.facts), attempt)
        self._happen(lambda: late_money.capture(self.world, attempt_key))
        self.is_stored_anew = True

    @may_happen(
        often=4,
        when=lambda self: not self.world.board.has_plan,
        strike=st.sampled_from(sorted(STRIKES)),
        effects=st.integers(0, 30),
    )
    def break_later(self, strike: str, effects: int) -> None:
        """At the first effect that it can strike after so many."""
        fault, moment = STRIKES[strike]

        def wanted(point: Point) -> bool:
            return point.place >= effects and point.moment is moment and fault.can_strike(point)

        def strikes(effect: Effect) -> None:
            self.tally[strike] += 1
            note(f"    {strike} {effect.name}")
            fault.strike(self.world, effect)

        self.world.board.plan_first(wanted, strikes)

    # What must hold.

    @invariant()
    def every_promise_is_kept(self) -> None:
        # What nobody wrote needs not be read again; it is another time, though.
        facts = self.world.facts() if self.is_stored_anew else self.seen.facts
        self.is_stored_anew = False
        before, self.seen = self.seen, Moment(facts, self.world.clock.now)
        found = violations(self.seen.facts, self.seen.now, allowance=_PATIENCE)
        self._check([*map(str, found), *self.promises.broken(before, self.seen)])

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
        found += late_money.accounts_differ(rest.facts)
        self._check(found)

    def _check(self, found: list[str]) -> None:
        self.is_broken = self.is_broken or bool(found)
        assert not found, "\n".join(found)

    def _new_key(self) -> str:
        return f"key-{len(self.requests)}"

    def _send(self, request: Request) -> Answer | None:
        if request not in self.requests:
            self.requests.append(request)
        answers: list[Answer | None] = []
        self._happen(lambda: answers.append(request.send(self.world)))
        answer = answers[0] if answers else None
        note(f"    {answer and (answer.status, answer.body.get('code') if answer.body else None)}")
        self.promises.hear(request, answer)
        if answer is not None and answer.status == HTTPStatus.CREATED:
            self._learn(request.user_id, answer.body)
        return answer

    def _learn(self, user_id: int, told: dict[str, Any]) -> None:
        if "reservedSeats" in told:
            reservation = (user_id, told["reservationId"])
            if reservation not in self.reservations:
                self.reservations.append(reservation)
        elif "totalCents" in told:
            order = KnownOrder(user_id, told["orderId"], told["totalCents"])
            if order not in self.orders:
                self.orders.append(order)

    def _charge(self, order: int, token: str, off_by: int = 0) -> Answer | None:
        """What waits to be paid, if anything does."""
        known = newest(self._with_last("PENDING"), order)
        cents = known.total_cents + off_by
        return self._send(charging(known.user_id, self._new_key(), known.order_id, cents, token))

    def _with_last(self, status: str) -> list[KnownOrder]:
        """All known orders, those of a status as if they were the newest."""
        stored = self.seen.facts.sales.orders
        return sorted(self.orders, key=lambda order: stored[order.order_id].status == status)

    def _run_task(self, function: str, payload: dict[str, Any]) -> None:
        try:
            self.world.functions.run(function, payload)
        except TaskError as error:
            note(f"    {error.name}: {error}")
        self.world.run()

    def _happen(self, event: Callable[[], object]) -> None:
        effects = self.world.board.effects
        begun = len(effects)
        try:
            event()
        except Blackout:
            self.world.sagas.abort_all()
        except (Crash, ReadTimeoutError):
            # Whoever did it died of it, or does not know whether it is done.
            pass
        self.is_stored_anew |= any(is_store_written(effect) for effect in effects[begun:])


def is_store_written(effect: Effect) -> bool:
    """Or may be: of a doubled write the first is not seen."""
    is_write = effect.name.startswith((*WRITES, "commit", "provider"))
    return is_write and (effect.changes or effect.is_doubled)


def newest(known: list[Any], place: int) -> Any:
    """Counted from the newest, and around."""
    return known[-1 - place % len(known)]
