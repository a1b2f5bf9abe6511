"""Where the data set contradicts itself, counted from its files. The import goes on regardless."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from embedded.importer.dataset import DataSet

SHOWN = 5


class Contradiction(NamedTuple):
    """One kind of contradiction: what it is, and the ids of what is concerned, ascending."""

    meaning: str
    ids: tuple[int, ...]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.ids[:SHOWN]))
        more = ", ..." if len(self.ids) > SHOWN else ""
        return f"{len(self.ids):>4}  {self.meaning}" + (f" ({shown}{more})" if shown else "")


def find_contradictions(data: DataSet) -> tuple[Contradiction, ...]:
    """All six kinds, in the report's order, also those that do not occur."""
    resold = _resold_seats(data)
    twice_confirmed = [seat for seat, orders in resold.items() if _confirmed(data, orders) > 1]
    cancelled = {event.event_id for event in data.events if event.status == "CANCELLED"}
    confirmed = [order for order in data.orders if order.status == "CONFIRMED"]
    return (
        _of("surplus seats at a position another seat has: seats", _surplus_seats(data)),
        _of("seats ticketed more than once: seats", resold),
        _of("of them, seats in several CONFIRMED orders: seats", twice_confirmed),
        _of(
            "CONFIRMED orders on CANCELLED events: orders",
            (order.order_id for order in confirmed if order.event_id in cancelled),
        ),
        _of(
            "successful payments on CANCELLED events: payments",
            (
                payment.payment_id
                for payment in data.payments
                if payment.status == "SUCCESS"
                and data.order[payment.order_id].event_id in cancelled
            ),
        ),
        _of(
            "CONFIRMED orders without a SUCCESS payment: orders",
            (order.order_id for order in confirmed if order.order_id not in data.paid_orders),
        ),
    )


def _of(meaning: str, ids: Iterable[int]) -> Contradiction:
    return Contradiction(meaning, tuple(sorted(ids)))


def _surplus_seats(data: DataSet) -> list[int]:
    """Each seat beyond the first at its event, section, row and number."""
    seen: Counter[tuple[int, str, str, str]] = Counter()
    surplus = []
    for seat in data.seats:
        position = (seat.event_id, seat.section, seat.row_label, seat.seat_number)
        seen[position] += 1
        if seen[position] > 1:
            surplus.append(seat.seat_id)
    return surplus


def _resold_seats(data: DataSet) -> dict[int, list[int]]:
    """The orders of each seat that has more than one ticket, one entry a ticket."""
    orders: dict[int, list[int]] = defaultdict(list)
    for ticket in data.tickets:
        orders[ticket.seat_id].append(ticket.order_id)
    return {seat: bought for seat, bought in orders.items() if len(bought) > 1}


def _confirmed(data: DataSet, orders: list[int]) -> int:
    return len({order for order in orders if data.order[order].status == "CONFIRMED"})
