"""Events, seats and reservations to try things on. Every test has an event of its own."""

from collections.abc import Iterable
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from functions.seating import booking, releases, reservations
from functions.seating.domain import (
    Claim,
    EventStatus,
    HoldTerms,
    Reservation,
    SaleState,
    Seat,
    Slot,
    seconds,
)
from functions.seating.drafts import DraftRow, DraftSeat, DraftSection, build_sections
from functions.seating.maps import CataloguedEvent, PublishedMap, publish_map
from functions.seating.refusals import Refusals
from functions.seating.store.claims import Claims
from functions.seating.store.keys import claim_key, record_key, slot_key
from functions.seating.store.records import Records
from functions.seating.store.store import Store
from functions.seating.wishes import Wish
from functions.shared.dynamodb import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Far ahead, because the emulator sweeps up holds that are over by the real time.
NOON = datetime(2096, 11, 22, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=15)
TERMS = HoldTerms(LASTS, counts=timedelta(minutes=10), rests=timedelta(seconds=60))
# For who may hold as often as they like.
UNHURRIED = TERMS.for_organizers()
ORGANIZER = 900
PRICE = 1_000

_events = count(1_000)
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

    terms = TERMS
    # What the function saw that answers; a new one each time unless the test gives it one.
    refusals: Refusals | None = None

    def __init__(
        self,
        store: Store,
        *sections: DraftSection,
        status: EventStatus = EventStatus.ON_SALE,
        now: datetime = NOON,
        event_id: int | None = None,
        terms: HoldTerms = TERMS,
    ) -> None:
        self.store = store
        self.terms = terms
        self.event_id = event_id or new_event_id()
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
            self.terms,
            self.refusals or Refusals(),
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

    def blind(self) -> "Show":
        """The same event for somebody whose look before the write saw nothing of it."""
        twin = copy(self)
        twin.store = copy(self.store)
        twin.store.claims = _SeesNothing(self.store.table)
        twin.store.records = _SeesNoRecordFirst(self.store.table)
        return twin

    def breaking_after(self, calls: int, operation: str) -> "Show":
        """The same event through a client whose connection breaks after so many such calls."""
        twin = copy(self)
        client = _Breaking(self.store.table, operation, calls)
        twin.store = Store(cast("DynamoDBClient", client), self.store.table.name)
        return twin

    def damage(self, seat_id: int) -> None:
        """What no operation does: a claim vanishes."""
        for section in self.published.sections:
            self.store.table.delete_all([claim_key(self.event_id, section.name, seat_id)])

    def sweep(self) -> int:
        """What DynamoDB's TTL does at some time: delete claims whose ttl has passed."""
        over = [item for item in self.items() if item.get("ttl", inf) <= seconds(self.now)]
        for item in over:
            self.store.table.delete_all([{"PK": item["PK"], "SK": item["SK"]}])
        return len(over)

    def record_item(self, reservation: Reservation) -> dict[str, Any]:
        item = self.store.table.get(record_key(reservation.reservation_id))
        assert item is not None
        return item

    def slot(self, user_id: int) -> Slot:
        return self.store.claims.with_slot(self.event_id, [], user_id)[1]

    def everything(self, reservation: Reservation) -> object:
        """Claims, record and slot, to see that nothing changed."""
        return (
            self.items(),
            self.record_item(reservation),
            self.store.table.get(slot_key(self.event_id, reservation.user_id)),
        )

    def items(self) -> list[dict[str, Any]]:
        """Every item about the event's claims, as stored."""
        return [
            item
            for section in self.published.sections
            for item in self.store.table.query(
                f"CLAIMS#{self.event_id}#{section.name}", consistent=True
            )
        ]


class _SeesNothing(Claims):
    """A look at claims and slot just before somebody else's write."""

    def with_slot(
        self, event_id: int, seats: Iterable[Seat], user_id: int
    ) -> tuple[dict[int, Claim], Slot]:
        return {}, Slot()


class _SeesNoRecordFirst(Records):
    """The first read comes before a twin's write; what is read after a refusal does not."""

    def read_with_state(
        self, reservation_id: str, event_id: int
    ) -> tuple[Reservation | None, SaleState | None]:
        return None, super().read_with_state(reservation_id, event_id)[1]


class _Breaking:
    """A DynamoDB client that breaks for good once an operation was called so often."""

    def __init__(self, table: Table, operation: str, calls: int) -> None:
        self._client = table.client
        self._operation = operation
        self._left = calls

    def __getattr__(self, name: str) -> Any:
        if name != self._operation:
            return getattr(self._client, name)
        return self._call

    def _call(self, **arguments: Any) -> Any:
        if not self._left:
            raise ConnectionResetError
        self._left -= 1
        return getattr(self._client, self._operation)(**arguments)
