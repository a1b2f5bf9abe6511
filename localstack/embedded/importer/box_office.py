"""Selling one order of the data at the box office, for its user."""

from http import HTTPStatus
from typing import NamedTuple

from embedded.importer.client import Api
from embedded.importer.records import Order
from embedded.importer.transport import Json, Refused

# How long the API may hold its answer back, and how long we ask on while the sale is under way.
PREFERENCE = "wait=20"
POLLS = 60
POLL_SECONDS = 1.0
MORE_KEYS = 2

# An order that ended so sold nothing, so it is tried again, under another key. Every other order
# sold its seats once, also if they were given back since: it is not sold again.
DEAD = {"CANCELLED", "FAILED"}


class NotSold(Exception):  # noqa: N818 - what the order then is
    """Why an order of the data has no counterpart in the system."""


class Wanted(NamedTuple):
    """An order of the data, what to ask for, and what is there already.

    `found` is the order an earlier run made of it; `failures` is how many came to nothing.
    """

    order: Order
    sale: Json
    found: Json | None
    failures: int

    @property
    def keys(self) -> list[str]:
        """Idempotency keys to try one after the other: the same in every run, until one failed."""
        name = f"etsr-order-{self.order.order_id}"
        return [f"{name}-{self.failures + more}" for more in range(MORE_KEYS + 1)]


class Owner(NamedTuple):
    """The order of the data that a seat was sold to, and whether it is still that order's."""

    order_id: int
    is_owner_still: bool


Owners = dict[int, Owner]


def ensure_sold(api: Api, wanted: Wanted, owners: Owners) -> Json:
    """The order as it is in the system, sold now unless it was before. Raises NotSold."""
    if wanted.found is not None and wanted.found["status"] != "PENDING":
        return wanted.found
    given_back = [seat for seat in wanted.sale["seatIds"] if _is_given_back(owners.get(seat))]
    if given_back:
        # It was refused while the seat was sold, and a later run is to change nothing.
        raise NotSold(f"its seats were sold, and given back since{_whose(given_back, owners)}")
    try:
        order = _order(api, wanted)
    except Refused as refusal:
        raise NotSold(f"{refusal}{_whose(refusal.unavailable_seats, owners)}") from refusal
    for _ in range(POLLS):
        if order["status"] != "PENDING":
            break
        api.sleep(POLL_SECONDS)
        order = api.get(f"/v1/orders/{order['orderId']}")
    if order["status"] in DEAD | {"PENDING"}:
        reason = order["reason"] or "no reason given"
        raise NotSold(f"is {order['status']} as order {order['orderId']} ({reason})")
    return order


def _order(api: Api, wanted: Wanted) -> Json:
    """Raises Refused."""
    *first, last = wanted.keys
    for key in first:
        try:
            return api.post_once("/v1/orders", wanted.sale, key, Prefer=PREFERENCE)
        except Refused as refusal:
            # Under this key seats were held once, and the order never written. The hold is over.
            if refusal.status != HTTPStatus.GONE:
                raise
    return api.post_once("/v1/orders", wanted.sale, last, Prefer=PREFERENCE)


def _whose(seats: list[int], owners: Owners) -> str:
    known = [
        f"seat {seat} went to order {owners[seat].order_id}" for seat in seats if seat in owners
    ]
    return f" ({', '.join(known)})" if known else ""


def _is_given_back(owner: Owner | None) -> bool:
    return owner is not None and not owner.is_owner_still
