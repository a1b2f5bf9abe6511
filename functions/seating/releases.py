"""Giving a reservation's seats back."""

from datetime import datetime

from functions.seating.domain import Reservation, ReservationStatus
from functions.seating.problems import ReservationCompleted, ReservationInPayment
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.problems import ServiceUnavailable


def release(store: Store, reservation: Reservation, order_id: str | None, now: datetime) -> None:
    """Give the seats back: a customer before paying, or an order whose payment is void.

    Nothing to give back is a success. Raises ReservationInPayment and ReservationCompleted.
    """
    if order_id is None and reservation.status_at(now) is ReservationStatus.EXPIRED:
        # Its seats are free already. The claims stay, so that who let a hold run out cannot have
        # the same seats again at once by giving it up afterwards.
        return
    try:
        _give_back(store, reservation, order_id, now)
    except OperationRefused:
        _answer_release(store, reservation.reservation_id, order_id)


def _give_back(store: Store, reservation: Reservation, order_id: str | None, now: datetime) -> None:
    try:
        store.operations.release(reservation, order_id, now)
    except OperationRefused as refused:
        if refused.record:
            raise
        # Some seats, or the slot, are gone or somebody else's by now: the others go one by one.
        store.operations.release_remaining(reservation, order_id, now)


def _answer_release(store: Store, reservation_id: str, order_id: str | None) -> None:
    """What the record says of a release that it refused."""
    record = store.records.read(reservation_id)
    if record is None or record.status in (ReservationStatus.RELEASED, ReservationStatus.EXPIRED):
        return
    if order_id is not None and record.order_id != order_id:
        return  # Another order has it: this one never did, and has nothing to undo.
    if record.status is ReservationStatus.COMPLETED:
        raise ReservationCompleted("It is paid: ask for a refund of the order instead.")
    if record.status is ReservationStatus.PAYING and order_id is None:
        raise ReservationInPayment("An order is paying for it: cancel the order instead.")
    raise ServiceUnavailable.retry_after(1, "The reservation is changing just now.")
