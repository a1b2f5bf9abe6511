"""The rows of the ETSR files, one class a file: which column each field is read from, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, NamedTuple

from embedded.importer import cells


class Column(NamedTuple):
    """The column a field is read from (of the field's own name unless said), and its reader."""

    read: Callable[[str], Any]
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row; `row` is its line in the file, the header being line 1."""

    file: ClassVar[str]
    row: int


@dataclass(frozen=True, kw_only=True)
class Venue(Record):
    file = "etsr_venues.csv"
    venue_id: Annotated[int, Column(cells.identifier)]
    name: Annotated[str, Column(cells.text)]
    city: Annotated[str, Column(cells.text)]
    capacity: Annotated[int, Column(cells.identifier)]


@dataclass(frozen=True, kw_only=True)
class Event(Record):
    file = "etsr_events.csv"
    event_id: Annotated[int, Column(cells.identifier)]
    venue_id: Annotated[int, Column(cells.identifier)]
    title: Annotated[str, Column(cells.text)]
    event_type: Annotated[str, Column(cells.text)]
    event_date: Annotated[datetime, Column(cells.instant)]
    base_price_cents: Annotated[int, Column(cells.cents, "base_price")]
    status: Annotated[str, Column(cells.one_of("SCHEDULED", "ON_SALE", "SOLD_OUT", "CANCELLED"))]


@dataclass(frozen=True, kw_only=True)
class Seat(Record):
    file = "etsr_seats.csv"
    seat_id: Annotated[int, Column(cells.identifier)]
    event_id: Annotated[int, Column(cells.identifier)]
    section: Annotated[str, Column(cells.text)]
    row_label: Annotated[str, Column(cells.text, "row")]
    seat_number: Annotated[str, Column(cells.text)]
    price_cents: Annotated[int, Column(cells.cents, "price")]
    price_is_noisy: Annotated[bool, Column(cells.is_noisy, "price")]


@dataclass(frozen=True, kw_only=True)
class User(Record):
    file = "etsr_users.csv"
    user_id: Annotated[int, Column(cells.identifier)]
    name: Annotated[str, Column(cells.text)]
    email: Annotated[str, Column(cells.email)]
    phone: Annotated[str, Column(cells.text)]
    created_at: Annotated[datetime, Column(cells.instant)]


@dataclass(frozen=True, kw_only=True)
class Order(Record):
    file = "etsr_orders.csv"
    order_id: Annotated[int, Column(cells.identifier)]
    user_id: Annotated[int, Column(cells.identifier)]
    event_id: Annotated[int, Column(cells.identifier)]
    status: Annotated[str, Column(cells.one_of("CREATED", "CONFIRMED", "CANCELLED"))]
    payment_status: Annotated[str, Column(cells.one_of("PENDING", "SUCCESS", "FAILED"))]
    order_total_cents: Annotated[int, Column(cells.cents, "order_total")]
    created_at: Annotated[datetime, Column(cells.instant)]


@dataclass(frozen=True, kw_only=True)
class Ticket(Record):
    file = "etsr_tickets.csv"
    ticket_id: Annotated[int, Column(cells.identifier)]
    order_id: Annotated[int, Column(cells.identifier)]
    event_id: Annotated[int, Column(cells.identifier)]
    seat_id: Annotated[int, Column(cells.identifier)]
    price_paid_cents: Annotated[int, Column(cells.cents, "price_paid")]


@dataclass(frozen=True, kw_only=True)
class Payment(Record):
    file = "etsr_payments.csv"
    payment_id: Annotated[int, Column(cells.identifier)]
    order_id: Annotated[int, Column(cells.identifier)]
    amount_cents: Annotated[int, Column(cells.cents, "amount")]
    method: Annotated[str, Column(cells.text)]
    status: Annotated[str, Column(cells.one_of("PENDING", "SUCCESS", "FAILED"))]
    reference: Annotated[str, Column(cells.text)]
    created_at: Annotated[datetime, Column(cells.instant)]
