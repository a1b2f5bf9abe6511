"""What customers were told, and what must hold because they were."""

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from functions.audit.facts import Claim, Facts
from functions.shared.tests.deployed import Answer
from statemachines.tests.soak.requests import Request


class Moment(NamedTuple):
    """What was stored, and when."""

    facts: Facts
    now: datetime

    def taken(self) -> set[int]:
        """Seats that nobody else can have."""
        return {claim.seat_id for claim in self.facts.seating.claims if not self._is_over(claim)}

    def _is_over(self, claim: Claim) -> bool:
        return claim.expires_at is not None and claim.expires_at <= self.now


class _Hold(NamedTuple):
    seat_ids: frozenset[int]
    until: datetime


class Promises:
    """One event's. `hear` every answer, and ask after each step what is `broken`."""

    def __init__(self) -> None:
        self._holds: dict[str, _Hold] = {}
        self._confirmed: set[str] = set()
        # Reservations and orders; and tickets, by their orders and seats.
        self._given_up: set[str | None] = set()
        self._given_up_tickets: set[tuple[str | None, int]] = set()
        self._called_taken: list[set[int]] = []

    def hear(self, request: Request, answer: Answer | None) -> None:
        if _may_have_happened(answer):
            some = {(request.gives_up, seat_id) for seat_id in request.gives_up_seats}
            self._given_up |= {request.frees, None if some else request.gives_up}
            self._given_up_tickets |= some
        if answer is None:
            return
        if answer.status == HTTPStatus.CREATED and "reservedSeats" in answer.body:
            seats = frozenset(seat["seatId"] for seat in answer.body["reservedSeats"])
            until = datetime.fromisoformat(answer.body["expiresAt"])
            self._holds[answer.body["reservationId"]] = _Hold(seats, until)
        if answer.status == HTTPStatus.CONFLICT and "unavailableSeats" in answer.body:
            self._called_taken.append(set(answer.body["unavailableSeats"]))

    def broken(self, before: Moment, after: Moment) -> Iterator[str]:
        """By what was stored before and after a step."""
        for seats in self._called_taken:
            free = seats - before.taken() - after.taken()
            if free or not seats:
                yield f"seats {sorted(seats)} were called taken, and {sorted(free)} are free"
        self._called_taken.clear()
        yield from self._broken_holds(after)
        yield from self._broken_orders(after.facts)

    def _broken_holds(self, after: Moment) -> Iterator[str]:
        """Until its end, or its release, or an order of it: that one's seats the audit watches."""
        claims = {claim.seat_id: claim for claim in after.facts.seating.claims}
        ended = self._given_up | after.facts.sales.ordered.keys()
        for reservation_id, hold in self._holds.items():
            if reservation_id in ended or hold.until <= after.now:
                continue
            for seat_id in sorted(hold.seat_ids):
                claim = claims.get(seat_id)
                if claim is None or claim.reservation_id != reservation_id:
                    yield f"seat {seat_id} was {reservation_id}'s until {hold.until:%T}"

    def _broken_orders(self, facts: Facts) -> Iterator[str]:
        """Whoever could see their order CONFIRMED has its tickets for good, unless they gave it up,
        or those tickets.
        """
        orders = facts.sales.orders
        self._confirmed |= {key for key, order in orders.items() if order.status == "CONFIRMED"}
        valid = {
            (ticket.order_id, ticket.seat_id)
            for ticket in facts.sales.tickets
            if ticket.status == "VALID"
        }
        for order_id in sorted(self._confirmed - self._given_up):
            order = orders[order_id]
            tickets = {(order_id, line.seat_id) for line in order.lines}
            missing = sorted(seat_id for _, seat_id in tickets - valid - self._given_up_tickets)
            # Something may be given back for no ticket at any time.
            statuses = {"CONFIRMED", "PARTIALLY_REFUNDED"}
            if tickets <= self._given_up_tickets:
                statuses |= {"REFUNDED"}
            if order.status not in statuses or missing:
                yield f"order {order_id} was CONFIRMED; is {order.status}, no ticket for {missing}"


def _may_have_happened(answer: Answer | None) -> bool:
    """A refusal did nothing; no answer, or a failure, says neither."""
    if answer is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return True
    return answer.status < HTTPStatus.BAD_REQUEST
