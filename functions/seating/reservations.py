"""Reservations: a customer's timed hold on seats. Every seat or none."""

from datetime import datetime

from functions.seating.domain import EventStatus, HoldTerms, Reservation, whole_second
from functions.seating.holds import Reserved, hold, replay
from functions.seating.picks import hold_best
from functions.seating.problems import EventNotOnSale
from functions.seating.refusals import Refusals
from functions.seating.sale_states import manages, with_map
from functions.seating.seats import named_seats
from functions.seating.store.store import Store
from functions.seating.wishes import Wish
from functions.shared import correlation
from functions.shared.observability import count
from functions.shared.problems import (
    Conflict,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)
from functions.shared.tokens import Principal


def reserve(
    store: Store,
    wish: Wish,
    user_id: int,
    reservation_id: str,
    now: datetime,
    terms: HoldTerms,
    refusals: Refusals,
    *,
    caller: Principal | None = None,
) -> Reserved:
    """Hold the seats wished for, all or none; the same id and wish again is answered, not done.

    With a `caller`, a reservation for somebody else is for the event's organizer or an ADMIN, who
    are not slowed either. Raises NotFound, Forbidden, ValidationFailed, EventNotOnSale,
    SeatsUnavailable, ActiveReservationExists, TicketLimitReached, TooManyHolds, SeatsJustHeld,
    IdempotencyKeyReused.
    """
    correlation.about(reservationId=reservation_id)
    digest = wish.digest(user_id)
    try:
        reserved = _reserve(
            store, wish, user_id, reservation_id, digest, now, terms, refusals, caller
        )
    except (Conflict, TooManyRequests, ServiceUnavailable) as refused:
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
    terms: HoldTerms,
    refusals: Refusals,
    caller: Principal | None,
) -> Reserved:
    earlier, found = store.records.read_with_state(reservation_id, wish.event_id)
    if earlier is not None:
        return replay(earlier, digest)
    state = with_map(found, wish.event_id)
    if caller is not None and manages(caller, state.organizer_id):
        terms = terms.for_organizers()
    elif caller is not None and user_id != caller.user_id:
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
        expires_at=whole_second(now + terms.lasts),
        request_hash=digest,
        refund_policy=state.refund_policy,
        correlation_id=correlation.current(),
    )
    if wish.seat_ids:
        return hold(store, draft._replace(seats=named_seats(seat_map, wish.seat_ids)), terms, now)
    return hold_best(store, seat_map, wish, draft, terms, now, refusals)


def read_reservation(
    store: Store,
    reservation_id: str,
    *,
    caller: Principal | None = None,
    user_id: int | None = None,
) -> Reservation:
    """A reservation of the caller's (or one of the event they manage). Raises NotFound."""
    found = store.records.read(reservation_id)
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
