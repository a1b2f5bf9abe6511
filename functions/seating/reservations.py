"""Reservations: a customer's timed hold on seats. Every seat or none."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from functions.seating.best_available import any_seats, best_adjacent
from functions.seating.domain import (
    MAX_TICKETS_A_USER,
    Claim,
    EventStatus,
    Reservation,
    ReservationStatus,
    Seat,
    SeatStatus,
    Slot,
    seat_status,
    whole_second,
)
from functions.seating.problems import (
    ActiveReservationExists,
    EventNotOnSale,
    ReservationCompleted,
    ReservationInPayment,
    SeatsUnavailable,
    TicketLimitReached,
)
from functions.seating.sale_states import manages, with_map
from functions.seating.store.maps import StoredMap
from functions.seating.store.reservations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.idempotency import request_hash
from functions.shared.observability import count
from functions.shared.problems import (
    Conflict,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    ServiceUnavailable,
    ValidationFailed,
)
from functions.shared.tokens import Principal

_PICKS: Final = 5


class Wish(NamedTuple):
    """What somebody asks for: these seats, or so many of the best that are free."""

    event_id: int
    seat_ids: tuple[int, ...] = ()
    quantity: int = 0
    section: str | None = None
    category: str | None = None

    @property
    def size(self) -> int:
        return len(self.seat_ids) or self.quantity


class Reserved(NamedTuple):
    reservation: Reservation
    replayed: bool


def reserve(
    store: Store,
    wish: Wish,
    user_id: int,
    reservation_id: str,
    now: datetime,
    lasts: timedelta,
    *,
    caller: Principal | None = None,
) -> Reserved:
    """Hold the seats wished for, all or none; the same id and wish again is answered, not done.

    With a `caller`, a reservation for somebody else is for the event's organizer or an ADMIN.
    Raises NotFound, Forbidden, ValidationFailed, EventNotOnSale, SeatsUnavailable,
    ActiveReservationExists, TicketLimitReached, IdempotencyKeyReused.
    """
    digest = request_hash({**wish._asdict(), "seat_ids": sorted(wish.seat_ids), "user": user_id})
    try:
        reserved = _reserve(store, wish, user_id, reservation_id, digest, now, lasts, caller)
    except Conflict as refused:
        count("seat_reservations_failed", reason=refused.code())
        raise
    if not reserved.replayed:
        count("seat_reservations_total")
    return reserved


def _reserve(
    store: Store,
    wish: Wish,
    user_id: int,
    reservation_id: str,
    digest: str,
    now: datetime,
    lasts: timedelta,
    caller: Principal | None,
) -> Reserved:
    earlier, found = store.reservations.read_with_state(reservation_id, wish.event_id)
    if earlier is not None:
        return _replay(earlier, digest)
    state = with_map(found, wish.event_id)
    if caller is not None and user_id != caller.user_id and not manages(caller, state.organizer_id):
        raise Forbidden("Only the event's organizer reserves for somebody else.")
    # Read strongly, but not checked in the transaction: one hot item would make all of them meet.
    if state.status is not EventStatus.ON_SALE:
        raise EventNotOnSale(f"Event {wish.event_id} is {state.status.value}.")
    seat_map = store.maps.read(str(state.map_id))
    draft = Reservation(
        reservation_id=reservation_id,
        event_id=wish.event_id,
        user_id=user_id,
        organizer_id=state.organizer_id,
        seats=(),
        currency=state.currency or "INR",
        expires_at=whole_second(now + lasts),
        request_hash=digest,
    )
    if wish.seat_ids:
        return _hold(store, draft._replace(seats=_named(seat_map, wish.seat_ids)), now)
    return _hold_best(store, seat_map, wish, draft, now)


def _named(seat_map: StoredMap, seat_ids: Sequence[int]) -> tuple[Seat, ...]:
    found = seat_map.find(seat_ids)
    unknown = [
        {"pointer": f"/seatIds/{place}", "detail": f"The event has no seat {seat_id}."}
        for place, seat_id in enumerate(seat_ids)
        if seat_id not in found
    ]
    if unknown:
        raise ValidationFailed("The event has no such seats.", errors=unknown)
    return tuple(found[seat_id] for seat_id in seat_ids)


def _hold(store: Store, reservation: Reservation, now: datetime) -> Reserved:
    """One attempt at exactly these seats."""
    room_before = MAX_TICKETS_A_USER - len(reservation.seats)
    claims, slot = store.claims.with_slot(
        reservation.event_id, reservation.seats, reservation.user_id
    )
    # Obvious losers are turned away before the transaction, which costs ten times as much. What
    # is this very reservation's own was written by a twin of this request: the record tells.
    if slot.active != reservation.reservation_id:
        _check_slot(slot, room_before, now)
        _check_seats(claims, reservation, now)
    try:
        store.reservations.reserve(reservation, room_before, now)
    except OperationRefused as refused:
        if refused.record:
            twin = store.reservations.read(reservation.reservation_id)
            if twin is not None:
                return _replay(twin, reservation.request_hash)
        if refused.slot is not None:
            _check_slot(refused.slot, room_before, now)
        raise _unavailable(refused.seat_ids) from refused
    return Reserved(reservation, replayed=False)


def _check_slot(slot: Slot, room_before: int, now: datetime) -> None:
    if slot.is_taken(now):
        raise ActiveReservationExists(
            "Pay for your active reservation, or release it first.", reservationId=slot.active
        )
    if slot.sold_qty > room_before:
        raise TicketLimitReached(
            f"You have {slot.sold_qty} of at most {MAX_TICKETS_A_USER} tickets for this event."
        )


def _check_seats(claims: dict[int, Claim], reservation: Reservation, now: datetime) -> None:
    taken = [
        seat.seat_id
        for seat in reservation.seats
        if seat_status(claims.get(seat.seat_id), now) is not SeatStatus.AVAILABLE
    ]
    if taken:
        raise _unavailable(taken)


def _unavailable(seat_ids: Sequence[int]) -> SeatsUnavailable:
    return SeatsUnavailable("Some of those seats are taken.", unavailableSeats=sorted(seat_ids))


def _hold_best(
    store: Store, seat_map: StoredMap, wish: Wish, draft: Reservation, now: datetime
) -> Reserved:
    """Pick and hold; when somebody else was faster pick again, ever wider."""
    # Drawn from the reservation's own id: rivals pick differently, a test picks the same again.
    rng = Random(draft.reservation_id)  # noqa: S311 - nothing secret
    lost: set[int] = set()
    for attempt in range(_PICKS):
        seats = _pick(store, seat_map, wish, lost, rng, attempt, now)
        if not seats:
            break
        try:
            return _hold(store, draft._replace(seats=tuple(seats)), now)
        except SeatsUnavailable as taken:
            lost.update(taken.extensions["unavailableSeats"])
    raise SeatsUnavailable(
        f"There are no {wish.quantity} free seats together.", unavailableSeats=[]
    )


def _pick(
    store: Store,
    seat_map: StoredMap,
    wish: Wish,
    lost: set[int],
    rng: Random,
    attempt: int,
    now: datetime,
) -> list[Seat]:
    """Seats of the first section, in plan order, that can still seat everybody together."""
    for section in seat_map.directory.sections:
        if wish.section not in (None, section.name):
            continue
        seats = seat_map.seats_of(section.name)
        claims = store.claims.of_section(wish.event_id, section.name)
        free = {
            seat.seat_id
            for seat in seats
            if wish.category in (None, seat.category)
            and seat.seat_id not in lost
            and seat_status(claims.get(seat.seat_id), now) is SeatStatus.AVAILABLE
        }
        if section.general_admission:
            picked = any_seats(seats, free, wish.quantity, rng)
        else:
            picked = best_adjacent(seats, free, wish.quantity, rng, choices=4**attempt)
        if picked:
            return picked
    return []


def _replay(earlier: Reservation, digest: str) -> Reserved:
    if earlier.request_hash != digest:
        raise IdempotencyKeyReused("This key made a reservation for another request.")
    return Reserved(earlier, replayed=True)


def read_reservation(
    store: Store,
    reservation_id: str,
    *,
    caller: Principal | None = None,
    user_id: int | None = None,
) -> Reservation:
    """A reservation of the caller's (or one of the event they manage). Raises NotFound."""
    found = store.reservations.read(reservation_id)
    hidden = found is None or (
        (user_id is not None and found.user_id != user_id)
        or (
            caller is not None
            and found.user_id != caller.user_id
            and not manages(caller, found.organizer_id)
        )
    )
    if found is None or hidden:
        raise NotFound(f"There is no reservation {reservation_id}.")
    return found


def release(store: Store, reservation: Reservation, order_id: str | None, now: datetime) -> None:
    """Give the seats back: a customer before paying, or an order whose payment is void.

    Nothing to give back is a success. Raises ReservationInPayment and ReservationCompleted.
    """
    try:
        try:
            store.reservations.release(reservation, order_id, now)
        except OperationRefused as refused:
            if refused.record:
                raise
            # Some seats are gone or somebody else's: the hold was over.
            store.reservations.release_remaining(reservation, order_id, now)
    except OperationRefused:
        _answer_release(store, reservation.reservation_id, order_id)


def _answer_release(store: Store, reservation_id: str, order_id: str | None) -> None:
    """What the record says of a release that it refused."""
    record = store.reservations.read(reservation_id)
    if record is None or record.status in (ReservationStatus.RELEASED, ReservationStatus.EXPIRED):
        return
    if order_id is not None and record.order_id != order_id:
        return  # Another order has it: this one never did, and has nothing to undo.
    if record.status is ReservationStatus.COMPLETED:
        raise ReservationCompleted("It is paid: ask for a refund of the order instead.")
    if record.status is ReservationStatus.PAYING and order_id is None:
        raise ReservationInPayment("An order is paying for it: cancel the order instead.")
    raise ServiceUnavailable.retry_after(1, "The reservation is changing just now.")
