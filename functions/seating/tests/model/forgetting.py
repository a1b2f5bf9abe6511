"""What can have no effect any more is forgotten, so that states which differ in nothing else meet.

Right under the shipped rules only: a test compares what is reached with and without it.
"""

from functions.seating.tests.model.seating import value
from functions.seating.tests.model.state import (
    BOUNDARY,
    LIVE,
    OVER,
    REFUNDED,
    Command,
    Item,
    Order,
    Reservation,
)

_OVER_AND_DONE = ("COMPLETED", "RELEASED", "EXPIRED", None)


def time_told(
    hold: int, claims: tuple[Item, ...], slot: Item, reservation: Reservation
) -> Reservation:
    """Time goes on by itself; where nothing asks for the end of a hold any more, it may be over."""
    if reservation.phase not in (LIVE, BOUNDARY):
        return reservation
    asked_about = (
        value(reservation.record, "status") == "ACTIVE"
        or value(slot, "activeExpiresAt") == hold
        or any(value(claim, "expiresAt") == hold for claim in claims)
    )
    return reservation if asked_about else reservation._replace(phase=OVER)


def without_dead_commands(claims: tuple[Item, ...], reservation: Reservation) -> Reservation:
    kept = {each for each in reservation.commands if not _is_dead(each, claims, reservation.record)}
    return reservation._replace(commands=frozenset(kept))


def _is_dead(command: Command, claims: tuple[Item, ...], record: Item) -> bool:
    status = value(record, "status")
    order = f"o{command.order}"
    match command.name:
        case "SECURE":
            return status != "ACTIVE"
        case "ALLOCATE" | "RELEASE":
            return status in _OVER_AND_DONE
        case "RELEASE-SOLD":
            sold = any(
                value(claim, "status") == "ALLOCATED" and value(claim, "orderId") == order
                for claim in claims
            )
            return status in _OVER_AND_DONE and not sold
    return False


def without_dead_calls(order: Order, *, is_fickle: bool) -> Order:
    kept = {task for task in order.commands if not _is_done(task, order)}
    attempts = order.attempts
    if order.verdict in ("SUCCESS", "VOIDED") and not is_fickle:
        # No further one is made, and these have nothing left to be recorded or paid back.
        attempts = tuple(
            each for each in attempts if not _is_balanced(each.books, each.provider, each.money)
        )
    return order._replace(commands=frozenset(kept), attempts=attempts)


def _is_done(task: str, order: Order) -> bool:
    match task:
        case "collect_payment":
            return bool(order.verdict)
        case "settle_payment":
            return order.verdict in ("SUCCESS", "VOIDED")
        case "confirm_order" | "cancel_order":
            return order.status != "PENDING"
        case "void_tickets":
            return order.is_void or order.status == "CLOSED"
        case "refund_payment lost" | "refund_payment whole":
            return bool(order.lost or order.whole) or order.verdict == "VOIDED"
        case "close_refund":
            return order.status in ("REFUNDED", "CLOSED")
    return False


def _is_balanced(books: str, provider: str, money: str) -> bool:
    if provider == "CAPTURED":
        return books == "CAPTURED" and money == REFUNDED
    return bool(provider) and books == provider
