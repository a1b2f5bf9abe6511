"""Seating's nouns: seats, claims on them, reservations, and what time makes of their states."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

MAX_SEATS_A_RESERVATION: Final = 10
MAX_TICKETS_A_USER: Final = 10
# So many holds of one event that came to nothing, and its user waits for the next one.
HOLDS_COUNTED: Final = 10

# TTL may delete a claim this long after its hold is over: late enough that no clock still
# counts it as live, soon enough to keep sections small.
TTL_GRACE: Final = timedelta(seconds=300)
# How long an abandoned reservation can still be read, and its Idempotency-Key replayed.
TOMBSTONE: Final = timedelta(days=7)


class HoldTerms(NamedTuple):
    """For how long a hold `lasts`, `counts` against its user unless it is bought, and, once it has
    run out, for how long its seats are had by others first: they `rest`.
    """

    lasts: timedelta
    counts: timedelta
    rests: timedelta

    def for_organizers(self) -> "HoldTerms":
        """Whoever sells an event is not slowed, for themselves or for customers at their window."""
        return self._replace(counts=timedelta(0), rests=timedelta(0))


class EventStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    ON_SALE = "ON_SALE"
    SOLD_OUT = "SOLD_OUT"
    CANCELLED = "CANCELLED"


class ClaimStatus(StrEnum):
    HELD = "HELD"
    PAYING = "PAYING"
    ALLOCATED = "ALLOCATED"
    BLOCKED = "BLOCKED"


class SeatStatus(StrEnum):
    """What clients see of a seat."""

    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    ALLOCATED = "ALLOCATED"
    BLOCKED = "BLOCKED"


class ReservationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAYING = "PAYING"
    COMPLETED = "COMPLETED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class Seat(NamedTuple):
    """A place on an event's seat map. `line` is its row's place in the section, from the front."""

    seat_id: int
    section: str
    row: str
    number: str
    category: str
    price_cents: int
    x: float | None
    y: float | None
    line: int


class Claim(NamedTuple):
    """Somebody's right to a seat. A free seat has none."""

    seat_id: int
    status: ClaimStatus
    reservation_id: str | None = None
    order_id: str | None = None
    expires_at: datetime | None = None
    allocated_at: datetime | None = None
    # Whose hold it is, or was; told of held seats only.
    user_id: int | None = None

    @property
    def frees_at(self) -> datetime | None:
        """Time frees a held seat only; a paying, sold or blocked one waits for a decision."""
        return self.expires_at if self.status is ClaimStatus.HELD else None

    def is_live(self, now: datetime) -> bool:
        return self.frees_at is None or now < self.frees_at

    def rests_until(self, user_id: int, rests: timedelta) -> datetime | None:
        """When this user may hold the seat again after a hold of their own; None for any other."""
        if self.user_id != user_id or self.expires_at is None:
            return None
        return self.expires_at + rests


def seat_status(claim: Claim | None, now: datetime) -> SeatStatus:
    if claim is None or not claim.is_live(now):
        return SeatStatus.AVAILABLE
    if claim.status in (ClaimStatus.HELD, ClaimStatus.PAYING):
        return SeatStatus.RESERVED
    return SeatStatus(claim.status.value)


class SeatNow(NamedTuple):
    """A seat and what it is at a moment."""

    seat: Seat
    status: SeatStatus


class RefundPolicy(NamedTuple):
    """Catalog's word, for whoever orders: all is given back before then, afterwards a part."""

    full_until: datetime
    then_percent: int


class Reservation(NamedTuple):
    """A user's timed hold on seats of one event, with their prices as they were then.

    What is told of it goes back to the request `correlation_id`, which made it.
    """

    reservation_id: str
    event_id: int
    user_id: int
    organizer_id: int
    seats: tuple[Seat, ...]
    currency: str
    expires_at: datetime
    request_hash: str
    status: ReservationStatus = ReservationStatus.ACTIVE
    order_id: str | None = None
    refund_policy: RefundPolicy | None = None
    correlation_id: str | None = None

    @property
    def request_id(self) -> str:
        """What it goes back to; its own id, if it was made before that was written down."""
        return self.correlation_id or self.reservation_id

    @property
    def total_cents(self) -> int:
        return sum(seat.price_cents for seat in self.seats)

    def status_at(self, now: datetime) -> ReservationStatus:
        """The status as time makes it: a record nobody has moved yet is over all the same."""
        if self.status is ReservationStatus.ACTIVE and self.expires_at <= now:
            return ReservationStatus.EXPIRED
        return self.status


class Slot(NamedTuple):
    """What one user has of one event: at most one active reservation, and so many tickets.

    `count_begun_at` is when the oldest of the holds began that count against the limit.
    """

    active: str | None = None
    active_qty: int = 0
    active_expires_at: datetime | None = None
    sold_qty: int = 0
    count_begun_at: datetime | None = None

    def is_taken(self, now: datetime) -> bool:
        """Whether an active reservation is in the way; one that is being paid for never ends."""
        if self.active is None:
            return False
        return self.active_expires_at is None or now < self.active_expires_at


class SaleState(NamedTuple):
    """An event as seating knows it: its sale state, and which seat map counts."""

    event_id: int
    organizer_id: int
    status: EventStatus
    event_version: int
    currency: str | None = None
    map_id: str | None = None
    map_version: int = 0
    total_seats: int = 0
    # Raised by each block, so that a new map and a new block cannot miss each other.
    blocks: int = 0
    sales_closed_at: datetime | None = None
    refund_policy: RefundPolicy | None = None


def seconds(at: datetime) -> int:
    """Epoch seconds, rounded down: what TTL needs, and all that an expiry is compared by."""
    return int(at.timestamp())


def whole_second(at: datetime) -> datetime:
    """Rounded up: a hold lasts at least as long as was promised."""
    return instant(-int(-at.timestamp() // 1))


def instant(epoch_seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(epoch_seconds), UTC)
