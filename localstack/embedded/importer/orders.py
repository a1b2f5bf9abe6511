"""The paid orders, replayed one after the other in the order they were once made in.

What an earlier run sold is looked up first: it may have run as another administrator, whose
idempotency keys are not ours. The keys are for what a lookup can't tell: a call whose answer was
lost.
"""

from collections import Counter
from collections.abc import Hashable
from typing import NamedTuple

from embedded.importer.box_office import DEAD, NotSold, Owner, Owners, Wanted, ensure_sold
from embedded.importer.client import Api
from embedded.importer.dataset import DataSet
from embedded.importer.matching import match
from embedded.importer.outcome import Outcome
from embedded.importer.progress import Bars
from embedded.importer.records import Order
from embedded.importer.transport import Json


class Buyers(NamedTuple):
    """Where the events and users are in the system, by their ids in the data."""

    event_ids: dict[int, int]
    user_ids: dict[int, int]


class Replay(NamedTuple):
    """What became of the orders, and each whose total is not the data's."""

    outcome: Outcome
    mismatches: list[str]


def orders_to_replay(data: DataSet) -> list[Order]:
    """CONFIRMED, with a SUCCESS payment, on an ON_SALE event; oldest first."""
    chosen = [
        order
        for order in data.orders
        if order.status == "CONFIRMED"
        and order.order_id in data.paid_orders
        and data.event[order.event_id].status == "ON_SALE"
    ]
    return sorted(chosen, key=lambda order: (order.created_at, order.order_id))


def replay_orders(api: Api, data: DataSet, buyers: Buyers, bars: Bars) -> Replay:
    outcome, mismatches = Outcome("orders"), list[str]()
    owners: Owners = {}
    replayable = []
    for order in orders_to_replay(data):
        if order.event_id in buyers.event_ids and order.user_id in buyers.user_ids:
            replayable.append(order)
        else:
            outcome.refused.append(f"{_name(order)}: without its event, seats or user")
    for wanted in bars.each("orders", _compare(api, data, buyers, replayable)):
        try:
            sold = ensure_sold(api, wanted, owners)
        except NotSold as refusal:
            outcome.refused.append(f"{_name(wanted.order)}: {refusal}")
            continue
        owner = Owner(wanted.order.order_id, is_owner_still=sold["status"] == "CONFIRMED")
        owners.update(dict.fromkeys(wanted.sale["seatIds"], owner))
        outcome.found += wanted.found is not None
        outcome.created += wanted.found is None
        paid, in_data = sold["totalCents"], wanted.order.order_total_cents
        if paid != in_data:
            mismatches.append(f"{_name(wanted.order)}: {_money(paid)}, not {_money(in_data)}")
    return Replay(outcome, mismatches)


def _compare(api: Api, data: DataSet, buyers: Buyers, orders: list[Order]) -> list[Wanted]:
    """Each order with what is there of it."""
    sales = [(order, _sale(order, data, buyers)) for order in orders]
    there = [
        order
        for event_id in sorted({sale["eventId"] for _, sale in sales})
        for order in api.items("/v1/orders", eventId=event_id)
    ]
    failures = Counter(_bought(order) for order in there if order["status"] in DEAD)
    alive = sorted(
        (order for order in there if order["status"] not in DEAD),
        key=lambda order: str(order["createdAt"]),
    )
    pairs = match(sales, alive, lambda pair: _bought_by(pair[1]), _bought)
    return [
        Wanted(order, sale, found, failures[_bought_by(sale)]) for (order, sale), found in pairs
    ]


def _sale(order: Order, data: DataSet, buyers: Buyers) -> Json:
    return {
        "userId": buyers.user_ids[order.user_id],
        "eventId": buyers.event_ids[order.event_id],
        "seatIds": sorted(ticket.seat_id for ticket in data.tickets_of[order.order_id]),
        "paymentMethod": {"type": "boxOffice"},
    }


def _bought_by(sale: Json) -> Hashable:
    return sale["userId"], sale["eventId"], tuple(sale["seatIds"])


def _bought(order: Json) -> Hashable:
    seats = tuple(sorted(item["seatId"] for item in order["items"]))
    return order["userId"], order["eventId"], seats


def _name(order: Order) -> str:
    return f"order {order.order_id} of {order.created_at:%Y-%m-%d %H:%M:%S}"


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
