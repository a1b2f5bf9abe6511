"""What is asked of orders, and told to them."""

from functools import partial
from itertools import count
from typing import Final
from uuid import uuid4

from embedded.bench.growth.filling import BEGIN
from embedded.bench.growth.orders_table import LARGE_EVENT, order, order_id_of
from embedded.bench.growth.paths import Path, grows
from functions.orders.domain import OrderStatus, PaymentState, tickets_of
from functions.orders.event_pages import EventPages
from functions.orders.order_lists import OrderLists, OrderPage, Wanted
from functions.orders.store import Store
from functions.shared.dynamodb import Table

PAGE: Final = 20
# New orders are of another time, so that no list here has them.
_NEW: Final = count(1_000_000_001, 100)
_REFUNDED: Final = OrderStatus.REFUNDED


def paths(table: Table, orders: int) -> list[Path]:
    store, lists = Store(table), OrderLists(table)
    # Not of the event that has a hundredth.
    middle = orders // 2 + 1
    user_id = order(middle, "").user_id
    known = order_id_of(middle)

    def place() -> str:
        order_id = str(uuid4())
        store.place(order(next(_NEW), order_id))
        return order_id

    def confirm() -> None:
        order_id = place()
        tickets = tickets_of(order(next(_NEW), order_id), BEGIN)
        store.confirm(order_id, PaymentState("p", "SUCCESS"), tickets, BEGIN)

    def page(user: int | None, event: int | None, status: OrderStatus | None) -> OrderPage:
        return lists.page(Wanted(user, event, status), None, PAGE)

    def whole_event() -> None:
        pages, end = EventPages(table), None
        while True:
            found = pages.page(LARGE_EVENT, end, 100)
            end = found.end
            if end is None:
                return

    return [
        Path("order: place", place),
        Path("order: place and confirm", confirm),
        Path("order: read", partial(store.find_order, known)),
        Path("order: its tickets", partial(store.tickets_of, known)),
        Path("orders: a customer's", partial(page, user_id, None, None)),
        Path("orders: a customer's of an event", partial(page, user_id, LARGE_EVENT, None)),
        Path("orders: a customer's refunded", partial(page, user_id, None, _REFUNDED)),
        Path("orders: an event's, a page", partial(page, None, LARGE_EVENT, None)),
        Path("orders: all, a page", partial(page, None, None, None), is_hot=False),
        grows(
            "orders: an event's refunded",
            partial(page, None, LARGE_EVENT, _REFUNDED),
            "an administrator's; up to 1,010 of the event's orders are read to find a page, and no"
            " more",
        ),
        grows(
            "orders: all of an event, once",
            whole_event,
            "a pass of its cancellation: each of its orders is read, a hundredth of all here",
        ),
        Path("orders: the overdue", partial(store.overdue, BEGIN, 50), is_hot=False),
    ]
