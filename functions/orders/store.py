"""The only file that writes orders and tickets. Each write carries its rule in its condition.

Every status is moved by naming where it came from, so a write delivered twice, or late, is refused
by the second of two and changes nothing; whoever called then reads what is there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from functions.orders.domain import (
    REFUNDABLE,
    Closing,
    Order,
    OrderStatus,
    PaymentState,
    Ticket,
    TicketStatus,
    refund_due_at,
)
from functions.orders.items import (
    OPEN_PARTITIONS,
    Item,
    correlation_kept,
    item_of_placed,
    item_of_refund,
    item_of_ticket,
    open_keys,
    order_key,
    order_of,
    refund_key,
    refund_of,
    reservation_key,
    text_of,
    ticket_key,
    ticket_of,
)
from functions.orders.problems import ReservationOrdered
from functions.orders.refund_terms import Refund, RefundStatus
from functions.shared import correlation
from functions.shared.dynamodb import Refused, Table
from functions.shared.marshalling import marshal

# The keys by which the reconciler finds orders that wait for something.
_OPEN: Final = ("GSI3PK", "GSI3SK")


class AlreadyPlaced(Exception):  # noqa: N818 - an answer, not an error
    """The order is there: this request was made before."""


class Store:
    def __init__(self, table: Table) -> None:
        self._table = table

    def check(self) -> None:
        """Raises ServiceUnavailable, or botocore's error, unless the table can be read."""
        self._table.get(order_key("health"), consistent=False)

    def find_order(self, order_id: str) -> Order | None:
        item = self._table.get(order_key(order_id))
        return None if item is None else order_of(item)

    def find_ticket(self, order_id: str, seat_id: int) -> Ticket | None:
        item = self._table.get(ticket_key(order_id, seat_id))
        return None if item is None else ticket_of(item)

    def tickets_of(self, order_id: str) -> list[Ticket]:
        """The tickets that an order was issued, void ones too, by seat."""
        partition = order_key(order_id)["PK"]
        items = self._table.query(partition, begins_with="TICKET#", consistent=True)
        return sorted(map(ticket_of, items), key=lambda ticket: ticket.line.seat_id)

    def find_refund(self, order_id: str, refund_id: str) -> Refund | None:
        item = self._table.get(refund_key(order_id, refund_id))
        return None if item is None else refund_of(item)

    def place(self, order: Order) -> None:
        """Write a new order, unless it is there (AlreadyPlaced) or its reservation has another.

        Raises ReservationOrdered for the latter.
        """
        reservation = {**reservation_key(order.reservation_id), "orderId": order.order_id}
        try:
            self._table.transact([self._put(item_of_placed(order)), self._put(reservation)])
        except Refused as refused:
            if 0 in refused.items:
                raise AlreadyPlaced from refused
            raise ReservationOrdered(
                f"Reservation {order.reservation_id} has an order already."
            ) from refused

    def confirm(
        self, order_id: str, payment: PaymentState, tickets: Sequence[Ticket], now: datetime
    ) -> None:
        """PENDING -> CONFIRMED with all its tickets. Raises Refused if it was not PENDING."""
        confirmed = self._change(
            order_key(order_id),
            {"status": OrderStatus.CONFIRMED, "updatedAt": text_of(now), **_settled(payment)},
            came_from=(OrderStatus.PENDING,),
            remove=_OPEN,
        )
        self._table.transact([confirmed, *(self._put(item_of_ticket(each)) for each in tickets)])

    def close(self, order_id: str, closing: Closing, payment: PaymentState, now: datetime) -> None:
        """PENDING -> CANCELLED or FAILED. Raises Refused if it was not PENDING."""
        self._write(
            order_key(order_id),
            {
                "status": closing.status,
                "reason": closing.reason,
                "updatedAt": text_of(now),
                **_settled(payment),
            },
            came_from=(OrderStatus.PENDING,),
            remove=_OPEN,
        )

    def request_cancel(self, order_id: str, now: datetime) -> None:
        """Remember that a PENDING order was given up. Raises Refused if it is not PENDING.

        Written before the payment is settled: once that is done the saga closes the order, and
        then it must know why.
        """
        self._write(
            order_key(order_id),
            {"cancelRequestedAt": text_of(now)},
            came_from=(OrderStatus.PENDING,),
        )

    def open_refund(self, order: Order, refund: Refund, *, is_forced: bool) -> None:
        """Void the refund's tickets, or none, and write down what it gives back for them.

        Raises Refused if the order is not as it was read (not paid for, another refund since), or
        one of the tickets is another refund's or, unless `is_forced`, was used.
        """
        opened = order.with_refund(refund, refund.opened_at)
        # A voided ticket carries its refund's id, so two refunds never share a ticket. The order's
        # own copy of the id keeps a second one out while this one is open, and the count keeps out
        # what was worked out before this one was: what is left is never given back twice.
        marked = self._change(
            order_key(order.order_id),
            {
                "refundId": refund.refund_id,
                "refunds": opened.refunds,
                "voidSeatIds": list(opened.void_seat_ids),
                "updatedAt": text_of(opened.updated_at),
                **correlation_kept(correlation.current()),
                **open_keys(order.order_id, refund_due_at(opened.updated_at)),
            },
            came_from=REFUNDABLE,
            and_also="attribute_not_exists(refundId) AND "
            + ("refunds = :known" if order.refunds else "attribute_not_exists(refunds)"),
            values={":known": order.refunds} if order.refunds else None,
        )
        voided = {
            "status": TicketStatus.VOID,
            "refundId": refund.refund_id,
            "voidedAt": text_of(refund.opened_at),
        }
        live = (TicketStatus.VALID, TicketStatus.USED) if is_forced else (TicketStatus.VALID,)
        tickets = [
            self._change(ticket_key(order.order_id, seat_id), voided, came_from=live)
            for seat_id in refund.seat_ids
        ]
        self._table.transact([marked, self._put(item_of_refund(refund)), *tickets])

    def close_refund(self, order: Order, refund: Refund, now: datetime) -> None:
        """The order says what is left of it, and the refund that it is over, both or neither.

        Raises Refused unless this refund is the order's open one.
        """
        closed = order.without(refund, now)
        payment = closed.payment
        changed = {
            "status": closed.status,
            "refundedCents": closed.refunded_cents,
            "updatedAt": text_of(now),
            **({} if closed.reason is None else {"reason": closed.reason}),
            **({} if payment is None else {"paymentStatus": payment.status}),
        }
        over = self._change(
            order_key(order.order_id),
            changed,
            came_from=REFUNDABLE,
            and_also="refundId = :refund",
            values={":refund": refund.refund_id},
            remove=(*_OPEN, "refundId"),
        )
        done = self._change(
            refund_key(order.order_id, refund.refund_id),
            {"status": RefundStatus.CLOSED, "closedAt": text_of(now)},
            came_from=(RefundStatus.OPEN,),
        )
        self._table.transact([over, done])

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """The ids of open orders that were due before then, oldest first.

        At most `limit` a partition; read eventually, so one or the other may be decided by now.
        """
        found: list[Item] = []
        for partition in OPEN_PARTITIONS:
            found += self._table.query_page(
                IndexName="open",
                KeyConditionExpression="GSI3PK = :partition AND GSI3SK <= :before",
                ExpressionAttributeValues={":partition": partition, ":before": text_of(before)},
                Limit=limit,
            ).items
        found.sort(key=lambda item: (item["GSI3SK"], item["PK"]))
        return [item["PK"].removeprefix("ORDER#") for item in found]

    def report(self, order: Order, finding: str, now: datetime) -> None:
        """Note what contradicts an order. Raises Refused if that is noted already."""
        self._write(
            order_key(order.order_id),
            {"contradiction": finding, "contradictionAt": text_of(now)},
            came_from=(order.status,),
            and_also="(attribute_not_exists(contradiction) OR contradiction <> :finding)",
            values={":finding": finding},
        )

    def postpone(self, order_id: str, until: datetime) -> None:
        """Have the reconciler look at an open order then. Raises Refused if it is not open."""
        self._write(
            order_key(order_id),
            {"GSI3SK": text_of(until)},
            came_from=(OrderStatus.PENDING, *REFUNDABLE),
            and_also="attribute_exists(GSI3PK)",
        )

    def admit(self, order_id: str, seat_id: int, now: datetime) -> None:
        """VALID -> USED, once: of two gates one is refused. Raises Refused."""
        self._write(
            ticket_key(order_id, seat_id),
            {"status": TicketStatus.USED, "usedAt": text_of(now)},
            came_from=(TicketStatus.VALID,),
        )

    def _put(self, item: Item) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table.name,
                "Item": marshal(item),
                "ConditionExpression": "attribute_not_exists(PK)",
            }
        }

    def _write(self, key: Mapping[str, str], changed: Mapping[str, Any], **rule: Any) -> None:
        self._table.write("Update", self._change(key, changed, **rule)["Update"])

    def _change(
        self,
        key: Mapping[str, str],
        changed: Mapping[str, Any],
        *,
        came_from: Sequence[OrderStatus | TicketStatus | RefundStatus],
        and_also: str | None = None,
        values: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
    ) -> dict[str, Any]:
        """An Update of an item whose status is one of `came_from`, and that meets `and_also`."""
        statuses = {f":from{place}": status for place, status in enumerate(came_from)}
        condition = f"#status IN ({', '.join(statuses)})"
        if and_also:
            condition += f" AND {and_also}"
        settings = ", ".join(f"#{name} = :{name}_" for name in changed)
        removals = f" REMOVE {', '.join(remove)}" if remove else ""
        given = {f":{name}_": value for name, value in changed.items()}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": marshal(key),
                "UpdateExpression": f"SET {settings}{removals}",
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {f"#{name}": name for name in (*changed, "status")},
                "ExpressionAttributeValues": marshal({**given, **statuses, **(values or {})}),
            }
        }


def _settled(payment: PaymentState) -> dict[str, str]:
    return {"paymentId": payment.payment_id, "paymentStatus": payment.status}
