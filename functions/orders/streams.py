"""The table's stream told as domain events, at least once: OrderPlaced, OrderConfirmed,
OrderCancelled, OrderRefunded.

What was committed is told, by what changed between the two images; a repeated record is told again.
"""

from typing import Any, Final

from functions.orders.domain import GIVEN_UP, Order, OrderStatus
from functions.orders.items import order_of
from functions.shared import aws, correlation
from functions.shared.events import DomainEvent, publish
from functions.shared.marshalling import unmarshal
from functions.shared.observability import logger
from functions.shared.settings import Settings

SOURCE: Final = "boxoffice.orders"


class StreamSettings(Settings):
    event_bus_name: str


settings = StreamSettings.from_environment()
eventbridge = aws.eventbridge()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point. Names the first record that could not be told; it comes again."""
    with correlation.under(correlation.own_id(context)):
        return {"batchItemFailures": _tell(event["Records"])}


def _tell(records: list[dict[str, Any]]) -> list[dict[str, str]]:
    told: list[DomainEvent] = []
    failures: list[dict[str, str]] = []
    for record in records:
        try:
            happened = happened_in(record["dynamodb"])
        except (KeyError, TypeError, ValueError):
            # Those before it are told now. This one is retried, and in the end put aside.
            logger.exception("a record is not understood")
            failures = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]
            break
        if happened is not None:
            told.append(happened)
    publish(eventbridge, settings.event_bus_name, told)
    return failures


def happened_in(change: dict[str, Any]) -> DomainEvent | None:
    """What a change of an item means to others; None for what is only ours."""
    if "NewImage" not in change or change["Keys"]["SK"]["S"] != "ORDER":
        return None
    if not change["Keys"]["PK"]["S"].startswith("ORDER#"):
        return None
    order = order_of(unmarshal(change["NewImage"]))
    old = change.get("OldImage")
    if old is not None and old["status"]["S"] == order.status and not _is_refund(old, order):
        return None
    return DomainEvent(SOURCE, _detail_type(order.status), _detail(order), order.request_id)


def _is_refund(old: dict[str, Any], order: Order) -> bool:
    """One refund of several is over: the order's status may be as it was."""
    return "refundId" in old and order.refund_id is None


def _detail_type(status: OrderStatus) -> str:
    if status in GIVEN_UP:
        return "OrderCancelled"
    return {
        OrderStatus.PENDING: "OrderPlaced",
        OrderStatus.CONFIRMED: "OrderConfirmed",
        OrderStatus.PARTIALLY_REFUNDED: "OrderRefunded",
        OrderStatus.REFUNDED: "OrderRefunded",
    }[status]


def _detail(order: Order) -> dict[str, Any]:
    return {
        "orderId": order.order_id,
        "userId": order.user_id,
        "eventId": order.event_id,
        "reservationId": order.reservation_id,
        "status": order.status,
        "reason": order.reason,
        "seatIds": [line.seat_id for line in order.lines],
        "voidSeatIds": list(order.void_seat_ids),
        "totalCents": order.amounts.total_cents,
        "refundedCents": order.refunded_cents,
        "currency": order.currency,
    }
