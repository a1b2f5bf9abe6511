"""The whole data set, read and found sound: every id is unique and every reference leads somewhere.

That the data contradict themselves (a seat ticketed twice) is no fault of the files; see
`contradictions`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from embedded.importer.records import Event, Order, Payment, Record, Seat, Ticket, User, Venue
from embedded.importer.tables import Malformed, read_table

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Record)


@dataclass(frozen=True)
class DataSet:
    """The seven files, each in its own order."""

    venues: tuple[Venue, ...]
    events: tuple[Event, ...]
    seats: tuple[Seat, ...]
    users: tuple[User, ...]
    orders: tuple[Order, ...]
    tickets: tuple[Ticket, ...]
    payments: tuple[Payment, ...]

    @cached_property
    def event(self) -> dict[int, Event]:
        return {event.event_id: event for event in self.events}

    @cached_property
    def order(self) -> dict[int, Order]:
        return {order.order_id: order for order in self.orders}

    @cached_property
    def seats_of(self) -> dict[int, list[Seat]]:
        """The seats of each event, by event id."""
        found: dict[int, list[Seat]] = defaultdict(list)
        for seat in self.seats:
            found[seat.event_id].append(seat)
        return found

    @cached_property
    def tickets_of(self) -> dict[int, list[Ticket]]:
        """The tickets of each order, by order id."""
        found: dict[int, list[Ticket]] = defaultdict(list)
        for ticket in self.tickets:
            found[ticket.order_id].append(ticket)
        return found

    @cached_property
    def paid_orders(self) -> frozenset[int]:
        """The ids of the orders with a SUCCESS payment."""
        return frozenset(
            payment.order_id for payment in self.payments if payment.status == "SUCCESS"
        )


def read_data_set(folder: Path) -> DataSet:
    """All of it or nothing. Raises Malformed at the first fault."""
    data = DataSet(
        venues=read_table(folder, Venue),
        events=read_table(folder, Event),
        seats=read_table(folder, Seat),
        users=read_table(folder, User),
        orders=read_table(folder, Order),
        tickets=read_table(folder, Ticket),
        payments=read_table(folder, Payment),
    )
    venues = _unique(data.venues, "venue_id", lambda venue: venue.venue_id)
    events = _unique(data.events, "event_id", lambda event: event.event_id)
    seats = _unique(data.seats, "seat_id", lambda seat: seat.seat_id)
    users = _unique(data.users, "user_id", lambda user: user.user_id)
    orders = _unique(data.orders, "order_id", lambda order: order.order_id)
    _unique(data.users, "email", lambda user: user.email.lower())
    _unique(data.tickets, "ticket_id", lambda ticket: ticket.ticket_id)
    _unique(data.payments, "payment_id", lambda payment: payment.payment_id)

    _refer(data.events, "venue_id", lambda event: event.venue_id, venues)
    _refer(data.seats, "event_id", lambda seat: seat.event_id, events)
    _refer(data.orders, "user_id", lambda order: order.user_id, users)
    _refer(data.orders, "event_id", lambda order: order.event_id, events)
    _refer(data.payments, "order_id", lambda payment: payment.order_id, orders)
    _refer(data.tickets, "order_id", lambda ticket: ticket.order_id, orders)
    _refer(data.tickets, "seat_id", lambda ticket: ticket.seat_id, seats)
    for ticket in data.tickets:
        order, seat = orders[ticket.order_id], seats[ticket.seat_id]
        if not ticket.event_id == order.event_id == seat.event_id:
            reason = (
                f"event {ticket.event_id}, but its order is for event {order.event_id} "
                f"and its seat of event {seat.event_id}"
            )
            raise Malformed(Ticket.file, reason, ticket.row, "event_id")
    return data


def _unique(records: Iterable[R], column: str, key: Callable[[R], Hashable]) -> dict[Hashable, R]:
    found: dict[Hashable, R] = {}
    for record in records:
        first = found.setdefault(key(record), record)
        if first is not record:
            reason = f"{key(record)!r} is in row {first.row} already"
            raise Malformed(record.file, reason, record.row, column)
    return found


def _refer(
    records: Iterable[R], column: str, key: Callable[[R], Hashable], known: dict[Hashable, S]
) -> None:
    for record in records:
        if key(record) not in known:
            raise Malformed(record.file, f"there is no {column} {key(record)}", record.row, column)
