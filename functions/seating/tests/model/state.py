"""What a state of the world is made of. All of it is immutable and compares by value."""

from typing import Any, NamedTuple

# An item of seating's table: the attributes that rules speak of. An absent one is empty.
Item = frozenset[tuple[str, Any]]
NOTHING: Item = frozenset()

# How far the time of a hold has come. At its boundary two clocks may disagree about it.
NOT_YET, LIVE, BOUNDARY, OVER = range(4)


class Seats(NamedTuple):
    """What one reservation's commands touch: all claims, its user's slot, its record."""

    claims: tuple[Item, ...]
    slot: Item
    record: Item


class Command(NamedTuple):
    """Something seating was told, for an order or (None) by a customer."""

    name: str
    order: int | None = None


class Reservation(NamedTuple):
    """`commands` were sent at least once: each may arrive once more at any time."""

    record: Item = NOTHING
    phase: int = NOT_YET
    commands: frozenset[Command] = frozenset()


class Attempt(NamedTuple):
    """One charge. What our books say of it, what the provider did, and where its money is.

    `books` is UNKNOWN, CAPTURED, DECLINED or CANCELLED, or empty for a charge that is not in them
    at all (which only a flaw brings about); `provider` is empty until the request has
    arrived; `money` is KEPT, or how far its refund has come.
    """

    books: str = "UNKNOWN"
    provider: str = ""
    money: str = ""


# How far a refund has come: committed, paid by the provider, written down.
DUE, PAID, REFUNDED = "DUE", "PAID", "REFUNDED"
KEPT = "KEPT"


class Order(NamedTuple):
    """One order, its payment, and the sagas that run for it.

    `verdict` is empty before there is a payment. `lost` and `whole` are the refunds for lost seats
    and for the customer's wish. `booking`, `refund` and `reconciler` are where each of them is.
    `commands` were sent to orders and payments at least once, like a reservation's.
    """

    status: str = ""
    is_void: bool = False
    verdict: str = ""
    attempts: tuple[Attempt, ...] = ()
    lost: str = ""
    whole: str = ""
    booking: str = ""
    refund: str = ""
    reconciler: str = ""
    commands: frozenset[str] = frozenset()

    @property
    def has_live_tickets(self) -> bool:
        return self.status == "CONFIRMED" and not self.is_void

    @property
    def refunds(self) -> list[str]:
        """How far each refund has come."""
        strays = [attempt.money for attempt in self.attempts if attempt.money != KEPT]
        return [refund for refund in (*strays, self.lost, self.whole) if refund]

    @property
    def captured(self) -> int:
        """How often the provider took the money, whatever our books say."""
        return sum(attempt.provider == "CAPTURED" for attempt in self.attempts)

    @property
    def is_unresolved(self) -> bool:
        return any(attempt.books == "UNKNOWN" for attempt in self.attempts)


class Scene(NamedTuple):
    """All that one order can see and change."""

    claims: tuple[Item, ...]
    slot: Item
    reservation: Reservation
    order: Order

    @property
    def seats(self) -> Seats:
        return Seats(self.claims, self.slot, self.reservation.record)

    def with_seats(self, seats: Seats) -> "Scene":
        return self._replace(
            claims=seats.claims,
            slot=seats.slot,
            reservation=self.reservation._replace(record=seats.record),
        )


class Move(NamedTuple):
    """One thing that may happen, and the scene after it.

    `by_system`: it comes about without a client, a fault, a late command, or DynamoDB's TTL.
    """

    label: str
    by_system: bool
    scene: Scene
