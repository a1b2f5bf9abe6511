"""What the table's stream says is told on the bus: each change of a status, at least once."""

from types import ModuleType

import pytest

from functions.orders.tests.conftest import House
from functions.orders.tests.stand_ins import RecordedBus
from functions.orders.tests.stream import records_of
from functions.shared.events import EventsNotPublished


def told(bus: RecordedBus) -> list[str]:
    return [detail_type for detail_type, _ in bus.events]


def test_each_change_of_an_orders_status_is_told(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    order_id = house.confirmed(1, 2)
    house.refund(order_id)
    records = records_of(order_id)
    # The order and its reservation's row; confirmed, two tickets; two voided, marked, the refund's
    # row; refunded, and that row again.
    assert len(records) == 11
    assert orders_streams.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert told(bus) == ["OrderPlaced", "OrderConfirmed", "OrderRefunded"]
    placed_by = bus.events[0][1]["correlationId"]
    assert bus.events[0][1] == {
        "orderId": order_id,
        "userId": house.customer_id,
        "eventId": house.event_id,
        "reservationId": house.store.find_order(order_id).reservation_id,  # type: ignore[union-attr]
        "status": "PENDING",
        "reason": None,
        "seatIds": [1, 2],
        "voidSeatIds": [],
        "totalCents": 2205,
        "refundedCents": 0,
        "currency": "INR",
        "correlationId": placed_by,
    }
    assert [detail["status"] for _, detail in bus.events] == ["PENDING", "CONFIRMED", "REFUNDED"]


def test_each_refund_of_an_order_is_told(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    """The second leaves its status as it was, the third ends it."""
    order_id = house.confirmed(1, 2, 3)
    for seat_id in (2, 1, 3):
        house.refund(order_id, seat_id, refund_id=f"refund-{seat_id}")
    orders_streams.handler({"Records": records_of(order_id)}, None)
    refunds = [detail for detail_type, detail in bus.events if detail_type == "OrderRefunded"]
    assert [(each["status"], each["voidSeatIds"], each["refundedCents"]) for each in refunds] == [
        ("PARTIALLY_REFUNDED", [2], 1103),
        ("PARTIALLY_REFUNDED", [2, 1], 2205),
        ("REFUNDED", [2, 1, 3], 3308),
    ]


def test_an_order_given_up_is_told_with_its_reason(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    failed, cancelled = house.placed(), house.placed()
    house.give_up(failed, "SeatsLost")
    house("POST", f"/v1/orders/{cancelled}/cancel")
    house.give_up(cancelled)
    orders_streams.handler({"Records": records_of(failed, cancelled)}, None)
    given_up = {
        detail["orderId"]: (detail["status"], detail["reason"])
        for detail_type, detail in bus.events
        if detail_type == "OrderCancelled"
    }
    assert given_up == {failed: ("FAILED", "seats-lost"), cancelled: ("CANCELLED", "cancelled")}


def test_a_record_that_comes_again_is_told_again(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    records = records_of(house.placed())
    orders_streams.handler({"Records": records}, None)
    orders_streams.handler({"Records": records}, None)
    assert told(bus) == ["OrderPlaced", "OrderPlaced"]


def test_a_bus_that_is_down_fails_the_whole_batch(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    bus.down = True
    with pytest.raises(EventsNotPublished):
        orders_streams.handler({"Records": records_of(house.placed())}, None)


def test_a_record_nobody_understands_holds_up_only_what_comes_after_it(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    before, poison, after = (records_of(house.placed()) for _ in range(3))
    broken = next(each for each in poison if each["dynamodb"]["Keys"]["SK"]["S"] == "ORDER")
    broken["dynamodb"]["NewImage"]["status"] = {"S": "NONSENSE"}
    broken["dynamodb"]["Keys"]["PK"]["S"] = "ORDER#poison"
    answer = orders_streams.handler({"Records": [*before, broken, *after]}, None)
    number = broken["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert told(bus) == ["OrderPlaced"]


def test_a_deleted_item_is_nothing_to_tell(
    house: House, orders_streams: ModuleType, bus: RecordedBus
) -> None:
    records = records_of(house.placed())
    for record in records:
        del record["dynamodb"]["NewImage"]
    orders_streams.handler({"Records": records}, None)
    assert told(bus) == []
