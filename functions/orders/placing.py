"""Placing an order: seats reserved, the order written once, its booking started.

Order id and reservation id are derived from the caller and the key of the request. So a crash
between any two of the three steps is repaired by the client's own retry, which takes them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.orders.domain import BOX_OFFICE, Order, OrderStatus, amounts_of
from functions.orders.neighbours import Catalog, Reservation, Seating
from functions.orders.problems import (
    EventCancelled,
    ReservationExpired,
    ReservationOrdered,
    ReservationReleased,
)
from functions.orders.sagas import PaymentMethod, Sagas
from functions.orders.store import AlreadyPlaced, Store
from functions.shared import correlation
from functions.shared.idempotency import derived_id
from functions.shared.observability import count
from functions.shared.problems import Forbidden, IdempotencyKeyReused, NotFound, ValidationFailed
from functions.shared.tokens import Principal, Role


@dataclass(frozen=True)
class Wish:
    """What somebody orders: a reservation of theirs, or seats of an event.

    `user_id` is whom it is for, None for the caller; `request_hash` tells this body from others.
    """

    reservation_id: str | None
    event_id: int | None
    seat_ids: Sequence[int]
    user_id: int | None
    method: PaymentMethod | None
    request_hash: str

    @property
    def is_box_office(self) -> bool:
        return self.method is not None and self.method["type"] == BOX_OFFICE


class Placed(NamedTuple):
    """`is_replay`: the same request had placed it before."""

    order: Order
    is_replay: bool


@dataclass(frozen=True)
class OrderDesk:
    store: Store
    seating: Seating
    catalog: Catalog
    sagas: Sagas
    payment_window: timedelta

    def place(self, wish: Wish, caller: Principal, key: str, now: datetime) -> Placed:
        """Place the order of this caller and key, or find it placed.

        Raises IdempotencyKeyReused, NotFound, Forbidden, ReservationExpired, ReservationReleased,
        ReservationOrdered, EventCancelled and what seating refuses seats with.
        """
        return self._place(
            wish,
            caller,
            order_id=derived_id("order", caller.user_id, key),
            reservation_id=derived_id("reservation", caller.user_id, key),
            now=now,
        )

    def place_at_box_office(self, wish: Wish, caller: Principal, now: datetime) -> Placed:
        """Place the box office's order of a reservation; whoever asks again finds the same one."""
        reservation_id = str(wish.reservation_id)
        order_id = derived_id("box-office", reservation_id)
        return self._place(wish, caller, order_id, reservation_id, now)

    def _place(
        self, wish: Wish, caller: Principal, order_id: str, reservation_id: str, now: datetime
    ) -> Placed:
        correlation.about(orderId=order_id)
        earlier = self.store.find_order(order_id)
        if earlier is not None:
            return self._replay(earlier, wish)
        reservation = self._reservation(wish, caller, reservation_id)
        correlation.about(reservationId=reservation.reservation_id)
        try:
            _check_state(reservation, now)
        except ReservationOrdered:
            # By this very request, perhaps, sent twice at once: its booking has begun since.
            placed = self.store.find_order(order_id)
            if placed is None:
                raise
            return self._replay(placed, wish)
        order = Order(
            order_id=order_id,
            user_id=reservation.user_id,
            event_id=reservation.event_id,
            organizer_id=reservation.organizer_id,
            reservation_id=reservation.reservation_id,
            lines=reservation.lines,
            amounts=amounts_of([line.price_cents for line in reservation.lines]),
            currency=reservation.currency,
            request_hash=wish.request_hash,
            expires_at=now + self.payment_window,
            created_at=now,
            updated_at=now,
            refund_policy=reservation.refund_policy,
            correlation_id=correlation.current(),
        )
        try:
            self.store.place(order)
        except AlreadyPlaced:
            # The same request, sent twice at once, was quicker.
            placed = self.store.find_order(order_id)
            return self._replay(placed or order, wish)
        count("orders_total")
        self.sagas.book(order, wish.method)
        return Placed(order, is_replay=False)

    def _replay(self, order: Order, wish: Wish) -> Placed:
        if order.request_hash != wish.request_hash:
            raise IdempotencyKeyReused("Use a new Idempotency-Key for another order.")
        if order.status is OrderStatus.PENDING:
            # The first request may have ended between writing the order and starting its booking.
            self.sagas.book(order, wish.method)
        return Placed(order, is_replay=True)

    def _reservation(self, wish: Wish, caller: Principal, reservation_id: str) -> Reservation:
        if wish.reservation_id is None:
            return self._reserve(wish, caller, reservation_id)
        absent = NotFound(f"There is no reservation {wish.reservation_id}.")
        try:
            reservation = self.seating.read_reservation(wish.reservation_id)
        except NotFound:
            raise absent from None
        organizes = _organizes(caller, reservation.organizer_id)
        if reservation.user_id != caller.user_id and not organizes:
            raise absent
        if wish.user_id not in (None, reservation.user_id):
            raise ValidationFailed.at("/userId", "The reservation is somebody else's.")
        _check_box_office(wish, caller, reservation.user_id, organizes=organizes)
        return reservation

    def _reserve(self, wish: Wish, caller: Principal, reservation_id: str) -> Reservation:
        if wish.event_id is None:
            raise ValidationFailed.at("/", "Order a reservation, or seats of an event.")
        user_id = caller.user_id if wish.user_id is None else wish.user_id
        organizes = False
        if wish.is_box_office or user_id != caller.user_id:
            organizes = _organizes(caller, self.catalog.organizer_of(wish.event_id))
            _check_box_office(wish, caller, user_id, organizes=organizes)
        return self.seating.reserve(
            reservation_id, wish.event_id, wish.seat_ids, user_id, by_organizer=organizes
        )


def _organizes(caller: Principal, organizer_id: int) -> bool:
    is_own = caller.role is Role.EVENT_ORGANIZER and caller.user_id == organizer_id
    return caller.is_admin or is_own


def _check_box_office(wish: Wish, caller: Principal, user_id: int, *, organizes: bool) -> None:
    """Selling for cash, and selling to others, is for the event's organizer: raises Forbidden."""
    if organizes:
        return
    if wish.is_box_office or user_id != caller.user_id:
        raise Forbidden("Only the event's organizer sells at the box office.")


def _check_state(reservation: Reservation, now: datetime) -> None:
    """Raises unless the reservation may be ordered. SecureSeats has the last word on that."""
    if reservation.status in ("PAYING", "COMPLETED"):
        raise ReservationOrdered(f"Reservation {reservation.reservation_id} has an order already.")
    if reservation.status == "RELEASED":
        raise ReservationReleased("Its seats were given up; reserve them again.")
    if reservation.status == "EXPIRED" or reservation.expires_at <= now:
        raise ReservationExpired("Its seats are free again; reserve them anew.")
    if reservation.event_status == "CANCELLED":
        raise EventCancelled("Its seats are sold no more, held ones neither.")
