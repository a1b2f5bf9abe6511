"""What the stores say, read and not yet judged. The words are the stores' own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Event(NamedTuple):
    """An event's summary and current seat map: `sections` is the section of each seat by its id.

    `seats` are as many as the map's chunks have, which is more if an id is there twice.
    """

    event_id: int
    map_id: str | None
    total_seats: int
    seats: int
    sections: Mapping[int, str]


class Claim(NamedTuple):
    """`is_swept` says that it carries a `ttl`, so that DynamoDB may delete it."""

    event_id: int
    section: str
    seat_id: int
    status: str
    reservation_id: str | None
    order_id: str | None
    expires_at: datetime | None
    is_swept: bool


class Record(NamedTuple):
    """A reservation; `seats` are seat ids and sections."""

    reservation_id: str
    event_id: int
    user_id: int
    status: str
    order_id: str | None
    expires_at: datetime
    seats: tuple[tuple[int, str], ...]


class Slot(NamedTuple):
    event_id: int
    user_id: int
    active: str | None
    active_seats: int
    active_expires_at: datetime | None
    sold: int


class Line(NamedTuple):
    seat_id: int
    section: str
    price_cents: int


class Order(NamedTuple):
    """`is_open` says that it is in the index of orders that wait for something; `refund_id` is the
    refund that is open, and those that are closed gave back `refunded_cents`.
    """

    order_id: str
    event_id: int
    user_id: int
    reservation_id: str
    status: str
    lines: tuple[Line, ...]
    subtotal_cents: int
    total_cents: int
    expires_at: datetime
    updated_at: datetime
    refund_id: str | None
    is_open: bool
    refunded_cents: int = 0


class Ticket(NamedTuple):
    order_id: str
    event_id: int
    seat_id: int
    price_cents: int
    status: str
    refund_id: str | None


class OrderRefund(NamedTuple):
    """A refund by the order's own word: whose tickets it took, none if it has no seats, and what it
    gives back for them. `is_full`: all they are worth, as far as there was so much left.
    """

    refund_id: str
    order_id: str
    seat_ids: tuple[int, ...]
    amount_cents: int
    is_full: bool
    status: str


class Payment(NamedTuple):
    """Of `claimed_cents`, set aside for refunds, the provider has paid `refunded_cents`."""

    payment_id: str
    order_id: str
    event_id: int | None
    verdict: str
    amount_cents: int
    captured_attempt: str | None
    captured_cents: int
    claimed_cents: int
    refunded_cents: int


class Attempt(NamedTuple):
    attempt_key: str
    payment_id: str
    provider: str
    outcome: str


class Refund(NamedTuple):
    refund_id: str
    payment_id: str
    attempt_key: str
    amount_cents: int
    status: str


class Charge(NamedTuple):
    """What the provider's own books say of a charge, under the key of our attempt."""

    key: str
    outcome: str
    amount_cents: int
    refunded_cents: int


class PaidBack(NamedTuple):
    """What the provider's own books say of a refund, under our refund's id."""

    key: str
    charge_key: str
    amount_cents: int


class Seating(NamedTuple):
    """The table of seating, by what its operations look things up with."""

    events: dict[int, Event]
    claims: list[Claim]
    records: dict[str, Record]
    slots: dict[tuple[int, int], Slot]


class Sales(NamedTuple):
    """The table of orders. `ordered` says which order a reservation belongs to, by the table."""

    orders: dict[str, Order]
    tickets: list[Ticket]
    ordered: dict[str, str]
    refunds: Sequence[OrderRefund] = ()


class Provider(NamedTuple):
    """The provider's own books, where we can read them."""

    charges: dict[str, Charge]
    paid_back: dict[str, PaidBack]


class Books(NamedTuple):
    """Payments' database, all of one moment. `untold` are messages waiting in the outbox."""

    payments: dict[str, Payment]
    attempts: dict[str, Attempt]
    refunds: dict[str, Refund]
    untold: int
    provider: Provider | None


@dataclass(frozen=True)
class Facts:
    """Everything that was read, each store at a moment of its own (see `reading.py`)."""

    seating: Seating = field(default_factory=lambda: Seating({}, [], {}, {}))
    sales: Sales = field(default_factory=lambda: Sales({}, [], {}))
    books: Books = field(default_factory=lambda: Books({}, {}, {}, 0, None))

    @property
    def counts(self) -> dict[str, int]:
        """How much was read, for the summary."""
        return {
            "events": len(self.seating.events),
            "seats": sum(len(event.sections) for event in self.seating.events.values()),
            "claims": len(self.seating.claims),
            "orders": len(self.sales.orders),
            "payments": len(self.books.payments),
        }
