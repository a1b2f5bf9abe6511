"""What seating does for the saga and for other domains. Every task may run again at any time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from functions.seating import booking, exports, releases, reservations
from functions.seating.answers import reservation_answer
from functions.seating.catalog import ToldPolicy, policy_of
from functions.seating.domain import MAX_SEATS_A_RESERVATION, EventStatus, Reservation, SaleState
from functions.seating.refusals import Refusals
from functions.seating.sale_states import advance_state
from functions.seating.settings import SeatingSettings
from functions.seating.store.store import Store
from functions.seating.wishes import Wish
from functions.shared import aws
from functions.shared.models import Id
from functions.shared.tasks import TaskInput, Tasks

settings = SeatingSettings.from_environment()
store = Store(aws.dynamodb(), settings.table_name)
refusals = Refusals()
tasks = Tasks()

OpaqueId = Annotated[str, Field(min_length=1, max_length=100)]
SeatIds = Annotated[list[Id], Field(min_length=1, max_length=MAX_SEATS_A_RESERVATION)]


class Reserve(TaskInput):
    event_id: Id
    user_id: Id
    reservation_id: OpaqueId
    seat_ids: SeatIds | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_SEATS_A_RESERVATION)] | None = None
    section: str | None = None
    category: str | None = None
    # Whether the event's organizer reserves, who is not slowed.
    by_organizer: bool = False

    @model_validator(mode="after")
    def _seats_or_quantity(self) -> Self:
        if (self.seat_ids is None) == (self.quantity is None):
            raise ValueError("Send either seatIds or quantity.")
        if self.seat_ids is not None and len(set(self.seat_ids)) != len(self.seat_ids):
            raise ValueError("Name each seat once.")
        return self


class OfReservation(TaskInput):
    reservation_id: OpaqueId
    user_id: Id | None = None


class OfOrder(TaskInput):
    order_id: OpaqueId
    reservation_id: OpaqueId


class Refunded(OfOrder):
    """Without seats it was an amount that voids no ticket."""

    event_id: Id
    seat_ids: Annotated[list[Id], Field(max_length=MAX_SEATS_A_RESERVATION)]
    user_id: Id


class ExportUser(TaskInput):
    user_id: Id
    reservation_ids: Annotated[tuple[OpaqueId, ...], Field(max_length=100)] = ()
    event_ids: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class EventState(TaskInput):
    event_id: Id
    status: EventStatus
    organizer_id: Id
    version: int
    refund_policy: ToldPolicy | None = None


@tasks.task
def reserve(request: Reserve) -> Mapping[str, Any]:
    """Hold seats under an id of the caller's making; the same again is answered, not done."""
    now = datetime.now(UTC)
    wish = Wish(
        request.event_id,
        tuple(request.seat_ids or ()),
        request.quantity or 0,
        request.section,
        request.category,
    )
    terms = settings.hold_terms
    reserved = reservations.reserve(
        store,
        wish,
        request.user_id,
        request.reservation_id,
        now,
        terms.for_organizers() if request.by_organizer else terms,
        refusals,
    )
    return _to_be_ordered(reserved.reservation, now)


@tasks.task
def read_reservation(request: OfReservation) -> Mapping[str, Any]:
    """With a `userId`, somebody else's reservation is as good as none."""
    found = reservations.read_reservation(store, request.reservation_id, user_id=request.user_id)
    return _to_be_ordered(found, datetime.now(UTC))


@tasks.task
def read_record(request: OfReservation) -> Mapping[str, Any]:
    """What was last written about a reservation, for which order, whatever the clock says."""
    return _state(reservations.read_reservation(store, request.reservation_id))


@tasks.task
def secure_seats(request: OfOrder) -> Mapping[str, Any]:
    """Keep the seats for the order until its payment is decided."""
    now = datetime.now(UTC)
    return _state(booking.secure(store, request.reservation_id, request.order_id, now))


@tasks.task
def allocate_seats(request: OfOrder) -> Mapping[str, Any]:
    """Sell the seats to the order that has paid. Raises SeatsLost if they are not its own."""
    now = datetime.now(UTC)
    return _state(booking.allocate(store, request.reservation_id, request.order_id, now))


@tasks.task
def release_seats(request: OfOrder) -> Mapping[str, Any]:
    """Give back what the order holds, if anything: its payment is void, or refunded."""
    found = store.records.read(request.reservation_id)
    if found is not None:
        releases.release(store, found, request.order_id, datetime.now(UTC))
    return {"reservationId": request.reservation_id, "orderId": request.order_id}


@tasks.task
def release_sold_seats(request: Refunded) -> Mapping[str, Any]:
    """Free the seats of refunded tickets; `releasedSeats` are those that this run freed."""
    freed = booking.release_sold(
        store,
        request.reservation_id,
        request.order_id,
        request.seat_ids,
        datetime.now(UTC),
    )
    return {
        "reservationId": request.reservation_id,
        "orderId": request.order_id,
        "releasedSeats": freed,
    }


@tasks.task
def set_event_state(request: EventState) -> Mapping[str, Any]:
    """Take over an event's sale state unless a newer version is known."""
    told = SaleState(
        request.event_id,
        request.organizer_id,
        request.status,
        request.version,
        refund_policy=policy_of(request.refund_policy),
    )
    state = advance_state(store, told, datetime.now(UTC))
    return {
        "eventId": state.event_id,
        "status": state.status.value,
        "version": state.event_version,
    }


@tasks.task
def export_user(request: ExportUser) -> Mapping[str, Any]:
    """A user's reservations: of these ids, and what they have at these events now."""
    found = exports.export_reservations(
        store, request.user_id, request.reservation_ids, request.event_ids, datetime.now(UTC)
    )
    return {"reservations": found}


def _to_be_ordered(reservation: Reservation, now: datetime) -> dict[str, Any]:
    """With the event's status, which may have changed since its seats were reserved."""
    state = store.states.read(reservation.event_id)
    return {
        **reservation_answer(reservation, now),
        "eventStatus": None if state is None else state.status.value,
    }


def _state(reservation: Reservation) -> dict[str, Any]:
    return {
        "reservationId": reservation.reservation_id,
        "orderId": reservation.order_id,
        "status": reservation.status.value,
    }


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
