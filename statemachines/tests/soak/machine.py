"""The machine: whatever customers, time, AWS and the provider can do next, in any order.

Its events only act. What must hold after each of them is the audit's, and what customers were told
(promises.py). Choices are places in what there is, newest first, so that a run prints as a story
and shrinks to a short one.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from functions.payments.providers.simulator import (
    DECLINED,
    OK,
    TIMEOUT_AFTER,
    TIMEOUT_BEFORE,
)
from functions.shared.tests.deployed import Answer
from statemachines.tests.soak import provider
from statemachines.tests.soak.boundaries import boundaries
from statemachines.tests.soak.events import Event, may_happen, next_event
from statemachines.tests.soak.repeats import again, may_write, repeatable
from statemachines.tests.soak.requests import (
    cancelling,
    charging,
    giving,
    ordering,
    refunding,
    releasing,
    reserving,
)
from statemachines.tests.soak.stage import CUSTOMERS, KnownOrder, Stage, say
from statemachines.tests.world.faults import FAULTS
from statemachines.tests.world.switchboard import Effect, Point
from statemachines.tests.world.world import LONG_SECONDS

STRIKES: Final = {
    f"{fault.name} {moment}": (fault, moment) for fault in FAULTS for moment in fault.moments
}

# Places, newest first; most often the newest is what matters.
places = st.integers(0, 3)
distant_places = st.integers(0, 25)
customers = st.integers(0, CUSTOMERS - 1)
some_tickets = st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True)
some_seats = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True)
tokens = st.sampled_from([OK, OK, DECLINED, TIMEOUT_BEFORE, TIMEOUT_AFTER])


class AnyOrder(Stage):
    @rule(event=next_event())
    def happens(self, event: Event) -> None:
        self.tally[event.name] += 1
        getattr(self, event.name)(**event.arguments)

    # Customers.

    @may_happen(often=2, customer=customers, seats=some_seats)
    def reserve(self, customer: int, seats: list[int]) -> None:
        user_id = self.users[customer]
        self.send(reserving(user_id, self.new_key(), self.world.event_id, seats))

    @may_happen(
        often=3,
        when=lambda self: self.reservations,
        reservation=places,
        token=st.none() | tokens,
    )
    def order_reservation(self, reservation: int, token: str | None) -> None:
        user_id, reservation_id = newest(self.reservations, reservation)
        wanted = {"reservationId": reservation_id}
        self.send(ordering(user_id, self.new_key(), wanted, token))

    @may_happen(often=3, customer=customers, seats=some_seats, token=st.none() | tokens)
    def order_seats(self, customer: int, seats: list[int], token: str | None) -> None:
        wanted = {"eventId": self.world.event_id, "seatIds": seats}
        self.send(ordering(self.users[customer], self.new_key(), wanted, token))

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
        self.send(releasing(user_id, self.new_key(), reservation_id))

    @may_happen(often=2, when=lambda self: self.orders, order=places)
    def cancel(self, order: int) -> None:
        """Give up an order that waits, or have one that is confirmed refunded."""
        known = newest(self.orders, order)
        self.send(cancelling(known.user_id, self.new_key(), known.order_id))

    @may_happen(when=lambda self: self.orders, order=places)
    def refund(self, order: int) -> None:
        """The other door to a refund; of what is confirmed, if anything is."""
        known = newest(self._with_last("CONFIRMED"), order)
        self.send(refunding(known.user_id, self.new_key(), known.order_id))

    @may_happen(when=lambda self: self.orders, order=places, tickets=some_tickets)
    def refund_tickets(self, order: int, tickets: list[int]) -> None:
        """Some of what is confirmed, or of what is refunded in part by now."""
        known = newest(self._with_last("PARTIALLY_REFUNDED", "CONFIRMED"), order)
        lines = self.seen.facts.sales.orders[known.order_id].lines
        seat_ids = {lines[place % len(lines)].seat_id for place in tickets}
        self.send(refunding(known.user_id, self.new_key(), known.order_id, tuple(sorted(seat_ids))))

    @may_happen(when=lambda self: self.orders, order=places, cents=st.integers(1, 1_100))
    def give_something(self, order: int, cents: int) -> None:
        """The organizer, for no ticket: a ticket's worth of it at most."""
        known = newest(self._with_last("PARTIALLY_REFUNDED", "CONFIRMED"), order)
        self.send(giving(self.new_key(), known.order_id, cents))

    @may_happen(often=2, when=lambda self: self.requests, request=distant_places)
    def send_again(self, request: int) -> None:
        self.send(newest(self.requests, request))

    # Time.

    @may_happen(often=2, seconds=st.integers(1, 60) | st.just(LONG_SECONDS))
    def wait(self, seconds: int) -> None:
        self.happen(lambda: self.world.pass_time(seconds))

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
        self.happen(lambda: self.world.pass_time((until - self.world.clock.now).total_seconds()))

    # What runs by itself.

    @may_happen()
    def sweep(self) -> None:
        self.happen(self.world.sweep)
        # TTL's own deletions pass no switchboard.
        self.is_stored_anew = True

    @may_happen(often=2)
    def reconcile(self) -> None:
        self.happen(self.world.reconcile)

    @may_happen(often=2)
    def hold_sagas_or_let_them_run(self) -> None:
        self.world.are_sagas_held = not self.world.are_sagas_held
        self.happen(self.world.run)

    # What happens twice, late, or not at all.

    @may_happen(
        often=3,
        when=lambda self: any(map(may_write, self.world.functions.asked)),
        task=distant_places,
    )
    def deliver_task_again(self, task: int) -> None:
        function, payload = newest(repeatable(self.world), task)
        say(f"{payload}")
        self.happen(lambda: self.run_task(function, payload))

    @may_happen(when=lambda self: self.world.sagas.executions, execution=places)
    def execute_again(self, execution: int) -> None:
        known = newest(list(self.world.sagas.executions), execution)
        say(known)
        self.happen(lambda: again(self.world, known))

    @may_happen(
        often=12, when=lambda self: provider.cancelled_attempts(self.seen.facts), attempt=places
    )
    def capture_late(self, attempt: int) -> None:
        """The provider took the money after all, and says so."""
        attempt_key = newest(provider.cancelled_attempts(self.seen.facts), attempt)
        self.late.add(attempt_key)
        self.happen(lambda: provider.capture_late(self.world, attempt_key))
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
            say(f"{strike} {effect.name}")
            fault.strike(self.world, effect)

        self.world.board.plan_first(wanted, strikes)

    def _charge(self, order: int, token: str, off_by: int = 0) -> Answer | None:
        """What waits to be paid, if anything does."""
        known = newest(self._with_last("PENDING"), order)
        cents = known.total_cents + off_by
        return self.send(charging(known.user_id, self.new_key(), known.order_id, cents, token))

    def _with_last(self, *statuses: str) -> list[KnownOrder]:
        """All known orders, those of a status as if they were the newest; of the last most so."""
        stored = self.seen.facts.sales.orders
        ranks = {status: rank for rank, status in enumerate(statuses, start=1)}
        return sorted(self.orders, key=lambda order: ranks.get(stored[order.order_id].status, 0))


def newest(known: list[Any], place: int) -> Any:
    """Counted from the newest, and around."""
    return known[-1 - place % len(known)]
