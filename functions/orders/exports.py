"""All that orders holds of one user, for their own copy of it."""

from typing import Any, Final, NamedTuple

from functions.orders.domain import Order
from functions.orders.order_lists import OrderLists, Position, Wanted
from functions.orders.store import Store
from functions.orders.views import OrderView, TicketView

# Each order's tickets are a query of their own.
_PAGE: Final = 25


class ExportPage(NamedTuple):
    """`end` is None when nothing follows."""

    orders: list[dict[str, Any]]
    end: Position | None


def export_orders(
    store: Store, lists: OrderLists, user_id: int, after: Position | None
) -> ExportPage:
    """A page of a user's orders, newest first, each with its tickets, void ones too."""
    page = lists.page(Wanted(user_id, None, None), after, _PAGE)
    return ExportPage([_whole(store, order) for order in page.orders], page.end)


def _whole(store: Store, order: Order) -> dict[str, Any]:
    view = OrderView.of(order, order.payment).model_dump(mode="json", by_alias=True)
    # A ticket's code lets its bearer in; a copy that lies about is no place for one.
    tickets = [
        TicketView.of(ticket, "").model_dump(mode="json", by_alias=True, exclude={"code"})
        for ticket in store.tickets_of(order.order_id)
    ]
    return {**view, "tickets": tickets}
