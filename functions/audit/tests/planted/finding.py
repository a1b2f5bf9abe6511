"""What is found, and by which ids."""

from collections.abc import Callable

from functions.audit.tests.house import House
from functions.audit.violation import Ids
from functions.orders.domain import Order
from functions.payments.domain import attempt_key_of, payment_id_of

Found = list[tuple[str, Ids]]
Find = Callable[[], Found]


def paid(order: Order) -> str:
    return payment_id_of(order.order_id)


def attempted(order: Order, number: int = 1) -> str:
    return attempt_key_of(order.order_id, number)


def seat_of(house: House, order: Order, seat_id: int) -> Ids:
    """A seat that this order holds or has, by all of its ids."""
    return Ids(
        event=house.event_id,
        section="Stalls",
        seat=seat_id,
        reservation=order.reservation_id,
        order=order.order_id,
    )
