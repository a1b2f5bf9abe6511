"""Events, seats and reservations to try things on. Every test has an event of its own."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from functions.seating import booking, releases, reservations
from functions.seating.domain import EventStatus, Reservation, SaleState
from functions.seating.drafts import DraftRow, DraftSeat, DraftSection, build_sections
from functions.seating.maps import CataloguedEvent, PublishedMap, publish_map
from functions.seating.store.store import Store
from functions.seating.wishes import Wish

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=15)
ORGANIZER = 900
PRICE = 1_000

_events = count(1)
_users = count(1_000)


def new_event_id() -> int:
    return next(_events)


def new_user_id() -> int:
    return next(_users)


def new_id() -> str:
    return str(uuid4())


def rows(*sizes: int) -> tuple[DraftRow, ...]:
    """Rows A, B, C... of so many seats."""
    return tuple(
        DraftRow(chr(65 + line), tuple(DraftSeat(str(number + 1), "") for number in range(size)))
        for line, size in enumerate(sizes)
    )


def hall(*sizes: int, name: str = "Stalls") -> DraftSection:
    return DraftSection(name, "", rows(*sizes), price_cents=PRICE)


def floor(size: int, name: str = "Floor") -> DraftSection:
    """General admission."""
    seats = tuple(DraftSeat("", "") for _ in range(size))
    return DraftSection(name, "", (DraftRow("", seats),), general_admission=True)


class Show:
    """One event with seats, and what people do to them at a time that the test moves."""

    def __init__(
        self,
        store: Store,
        *sections: DraftSection,
        status: EventStatus = EventStatus.ON_SALE,
        now: datetime = NOON,
    ) -> None:
        self.store = store
        self.event_id = new_event_id()
        self.now = now
        self.version = 1
        self.status = status
        self.published = self.publish(*(sections or (hall(10, 10),)))

    def catalogued(self) -> CataloguedEvent:
        state = SaleState(self.event_id, ORGANIZER, self.status, self.version)
        return CataloguedEvent(state, "EUR", PRICE)

    def publish(self, *sections: DraftSection) -> PublishedMap:
        built, _ = build_sections(sections, PRICE)
        return publish_map(self.store, self.catalogued(), built, new_id, self.now)

    def later(self, **by: float) -> "Show":
        self.now += timedelta(**by)
        return self

    def reserve(
        self,
        *seat_ids: int,
        user_id: int | None = None,
        reservation_id: str | None = None,
        **wish: Any,
    ) -> Reservation:
        return reservations.reserve(
            self.store,
            Wish(self.event_id, seat_ids)._replace(**wish),
            user_id or new_user_id(),
            reservation_id or new_id(),
            self.now,
            LASTS,
        ).reservation

    def secure(self, reservation: Reservation, order_id: str) -> Reservation:
        return booking.secure(self.store, reservation.reservation_id, order_id, self.now)

    def allocate(self, reservation: Reservation, order_id: str) -> Reservation:
        return booking.allocate(self.store, reservation.reservation_id, order_id, self.now)

    def release(self, reservation: Reservation, order_id: str | None = None) -> None:
        releases.release(self.store, reservation, order_id, self.now)

    def sell(self, *seat_ids: int, user_id: int | None = None, order_id: str = "o") -> Reservation:
        reservation = self.reserve(*seat_ids, user_id=user_id)
        self.secure(reservation, order_id)
        return self.allocate(reservation, order_id)

    def record(self, reservation: Reservation) -> Reservation:
        found = self.store.records.read(reservation.reservation_id)
        assert found is not None
        return found

    def claims(self) -> dict[int, str]:
        """The status of every claim, over or not, by seat id."""
        return {
            claim.seat_id: claim.status.value
            for section in self.published.sections
            for claim in self.store.claims.of_section(
                self.event_id, section.name, consistent=True
            ).values()
        }

    def items(self) -> list[dict[str, object]]:
        """Every item about the event's claims, as stored."""
        return [
            item
            for section in self.published.sections
            for item in self.store.table.query(
                f"CLAIMS#{self.event_id}#{section.name}", consistent=True
            )
        ]
