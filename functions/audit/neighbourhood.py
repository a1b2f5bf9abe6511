"""What is around a suspect: every item that it takes to judge it again.

A seat leads to its claim, that to an order, that to a reservation, and that to its other seats.
Each turn reads all that is known so far, so the last one, which learns of nothing new, has read
everything in the right order and at nearly one moment.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from functions.audit.facts import Sales, Seating
from functions.audit.items import Item
from functions.audit.tables import Key, Table, sales_of, seating_of
from functions.audit.violation import Ids

_TURNS: Final = 8


def read_neighbourhood(
    orders: Table, seating: Table, suspects: Iterable[Ids]
) -> tuple[Sales, Seating]:
    suspects = list(suspects)
    order_keys = {key for ids in suspects for key in _order_keys(ids)}
    order_keys |= {key for ids in suspects for key in _bought(orders, ids)}
    seat_keys = {key for ids in suspects for key in _seat_keys(ids)}
    for _ in range(_TURNS):
        sales = sales_of(_sales_items(orders, order_keys))
        items = seating.get(seat_keys)
        events = seating_of(items).events.values()
        maps = [item for event in events if event.map_id for item in _map(seating, event.map_id)]
        seats = seating_of([*items, *maps])
        named_orders = set(_orders_named(sales, seats))
        named_seats = {
            *_mapped(suspects, seats),
            *_named_by_sales(sales),
            *_named_by_seating(seats),
        }
        if named_orders <= order_keys and named_seats <= seat_keys:
            break
        order_keys |= named_orders
        seat_keys |= named_seats
    return sales, seats


def _sales_items(orders: Table, keys: Iterable[Key]) -> Iterator[Item]:
    """An order with all that is its own: nothing but its partition names its refunds."""
    partitions = {pk for pk, _ in keys if pk.startswith("ORDER#")}
    yield from orders.get(key for key in keys if key[0] not in partitions)
    for partition in partitions:
        yield from orders.query(partition)


def _map(seating: Table, map_id: str) -> list[Item]:
    return seating.query(f"MAP#{map_id}")


def _order_key(order_id: str) -> Key:
    return f"ORDER#{order_id}", "ORDER"


def _order_keys(ids: Ids) -> Iterator[Key]:
    for order_id in (ids.order, ids.rival):
        if order_id is not None:
            yield _order_key(order_id)
            if ids.seat is not None:
                yield f"ORDER#{order_id}", f"TICKET#{ids.seat}"
    if ids.reservation is not None:
        yield f"RESERVATION#{ids.reservation}", "ORDER"


def _bought(orders: Table, ids: Ids) -> Iterator[Key]:
    """A slot is a recount of all that its user has bought of an event."""
    if ids.user is None:
        return
    for order in sales_of(orders.query_index("byUser", 1, f"USER#{ids.user}")).orders.values():
        if order.event_id == ids.event:
            yield _order_key(order.order_id)


def _seat_keys(ids: Ids) -> Iterator[Key]:
    if ids.event is not None:
        yield f"EVENT#{ids.event}", "SUMMARY"
        if ids.user is not None:
            yield f"SLOT#{ids.event}#{ids.user}", "SLOT"
        if ids.section is not None and ids.seat is not None:
            yield _claim_key(ids.event, ids.section, ids.seat)
    if ids.reservation is not None:
        yield _record_key(ids.reservation)


def _claim_key(event_id: int, section: str, seat_id: int) -> Key:
    return f"CLAIMS#{event_id}#{section}", str(seat_id)


def _record_key(reservation_id: str) -> Key:
    return f"RESERVATION#{reservation_id}", "RECORD"


def _orders_named(sales: Sales, seating: Seating) -> Iterator[Key]:
    holders = [claim.order_id for claim in seating.claims]
    holders += [record.order_id for record in seating.records.values()]
    yield from (_order_key(order_id) for order_id in holders if order_id is not None)
    for order_id in sales.ordered.values():
        yield _order_key(order_id)
    for order in sales.orders.values():
        yield f"RESERVATION#{order.reservation_id}", "ORDER"
        for line in order.lines:
            yield f"ORDER#{order.order_id}", f"TICKET#{line.seat_id}"


def _mapped(suspects: list[Ids], seating: Seating) -> Iterator[Key]:
    """The claim on a seat that is named without its section."""
    for ids in suspects:
        if ids.event in seating.events and ids.seat is not None:
            section = seating.events[ids.event].sections.get(ids.seat)
            if section is not None:
                yield _claim_key(ids.event, section, ids.seat)


def _named_by_sales(sales: Sales) -> Iterator[Key]:
    for order in sales.orders.values():
        yield f"EVENT#{order.event_id}", "SUMMARY"
        yield f"SLOT#{order.event_id}#{order.user_id}", "SLOT"
        yield _record_key(order.reservation_id)
        for line in order.lines:
            yield _claim_key(order.event_id, line.section, line.seat_id)


def _named_by_seating(seating: Seating) -> Iterator[Key]:
    for claim in seating.claims:
        if claim.reservation_id is not None:
            yield _record_key(claim.reservation_id)
    for slot in seating.slots.values():
        if slot.active is not None:
            yield _record_key(slot.active)
    for record in seating.records.values():
        yield f"EVENT#{record.event_id}", "SUMMARY"
        yield f"SLOT#{record.event_id}#{record.user_id}", "SLOT"
        for seat_id, section in record.seats:
            yield _claim_key(record.event_id, section, seat_id)
