"""What orders costs in write units, as the table itself counts them.

DESIGN.md 7 gives a booking of 2.5 seats 48 of them; seating takes 27 (its own test_costs.py), so
orders may take 21. It takes 17.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.orders.tests.conftest import House
from functions.shared.dynamodb import Table


class Meter:
    """Adds up the write units of transactions, those of the table's indexes too."""

    def __init__(self) -> None:
        self.written = 0.0

    def ask(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def read(self, parsed: dict[str, Any], **_: Any) -> None:
        self.written += sum(each["CapacityUnits"] for each in parsed.get("ConsumedCapacity", []))


@pytest.fixture
def meter(orders_table: Table) -> Iterator[Meter]:
    meter, events = Meter(), orders_table.client.meta.events
    events.register("provide-client-params.dynamodb.TransactWriteItems", meter.ask)
    events.register("after-call.dynamodb.TransactWriteItems", meter.read)
    yield meter
    events.unregister("provide-client-params.dynamodb.TransactWriteItems", meter.ask)
    events.unregister("after-call.dynamodb.TransactWriteItems", meter.read)


def test_placing_an_order_takes_seven_units_however_many_seats_it_has(
    house: House, meter: Meter
) -> None:
    house.placed(1)
    # Two writes in a transaction, and one in each of three indexes.
    assert meter.written == 2 * 2 + 3
    house.placed(*range(1, 11))
    assert meter.written == 2 * (2 * 2 + 3)


@pytest.mark.parametrize("seats", [1, 2, 10])
def test_confirming_an_order_takes_five_units_and_two_a_ticket(
    house: House, meter: Meter, seats: int
) -> None:
    order_id = house.placed(*range(1, seats + 1))
    before = meter.written
    house.confirm(order_id)
    assert meter.written - before == 2 + 3 + 2 * seats


@pytest.mark.parametrize("seats", [1, 2, 10])
def test_voiding_an_order_takes_seven_units_and_two_a_ticket(
    house: House, meter: Meter, seats: int
) -> None:
    """One of the seven puts it among the open orders, two write down the refund."""
    order_id = house.confirmed(*range(1, seats + 1))
    before = meter.written
    house.void(order_id)
    assert meter.written - before == 2 + 3 + 2 + 2 * seats
    before = meter.written
    house.refunds.close(order_id, "refund-1", datetime.now(UTC))
    assert meter.written - before == 2 + 3 + 2
