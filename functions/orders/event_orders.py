"""The orders of a cancelled event: listed page by page, and each of them brought to an end.

`statemachines/event_cancellation.asl.json` goes over them in passes, until one finds none open.
"""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from functions.orders.domain import GIVEN_UP, REFUNDABLE, OrderStatus
from functions.orders.event_pages import EventPages
from functions.orders.neighbours import Payments
from functions.orders.sagas import Sagas
from functions.orders.store import Store
from functions.shared.problems import NotFound

REASON: Final = "event-cancelled"
# Of open orders, which are handed on one by one; and of readings, most of which find orders that
# are at their end.
MOST_OPEN: Final = 100
_MOST_READS: Final = 20
_POLL_SECONDS: Final = 0.25


class Found(NamedTuple):
    """Orders of one page: the ids of those that are open, and how many came to which end."""

    open_ids: list[str]
    refunded: int
    voided: int
    end: str | None


class Taken(StrEnum):
    """What was done about an order, or that nothing can be done yet."""

    VOIDED = "voided"
    REFUNDED = "refunded"
    REFUNDING = "refunding"
    WAITS = "waits"
    NOTHING = "nothing"


@dataclass(frozen=True)
class EventOrders:
    store: Store
    pages: EventPages
    payments: Payments
    sagas: Sagas
    patience_seconds: float = 8

    def list(self, event_id: int, after: str | None) -> Found:
        """The next page: at most MOST_OPEN open orders, and all that lie between them."""
        open_ids: list[str] = []
        refunded = voided = 0
        end = after
        for _ in range(_MOST_READS):
            room = MOST_OPEN - len(open_ids)
            page = self.pages.page(event_id, end, room)
            for order in page.orders:
                refunded += order.status is OrderStatus.REFUNDED
                voided += order.status in GIVEN_UP
                if order.status is OrderStatus.PENDING or order.status in REFUNDABLE:
                    open_ids.append(order.order_id)
            end = page.end
            if end is None or len(open_ids) > MOST_OPEN // 2:
                break
        return Found(open_ids, refunded, voided, end)

    def cancel(self, event_id: int, order_id: str) -> Taken:
        """Do the next thing about an order of this event; done before, it is done once.

        Raises NotFound, and ServiceUnavailable.
        """
        order = self.store.find_order(order_id)
        if order is None or order.event_id != event_id:
            raise NotFound("There is no such order.")
        if order.status is OrderStatus.PENDING:
            # Nobody but the verdict ends a pending order: VOIDED, its saga frees the seats; paid
            # after all, it goes forward first, and a later pass refunds it.
            verdict = self.payments.settle(order_id, REASON)
            return Taken.VOIDED if verdict == "VOIDED" else Taken.WAITS
        if order.status not in REFUNDABLE or order.payment is None:
            return Taken.NOTHING
        if order.refund_id is not None:
            # That refund has an end of its own: by its saga, or by the reconciler.
            return Taken.WAITS
        self.sagas.refund(order, order.payment, REASON)
        return self._await_refund(order_id)

    def _await_refund(self, order_id: str) -> Taken:
        """See it through, if that does not take long.

        So about as many refunds are under way as orders are cancelled at once: a provider, and a
        table, are spared the thousands of a large event.
        """
        deadline = time.monotonic() + self.patience_seconds
        while time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            order = self.store.find_order(order_id)
            if order is not None and order.status is OrderStatus.REFUNDED:
                return Taken.REFUNDED
        return Taken.REFUNDING
