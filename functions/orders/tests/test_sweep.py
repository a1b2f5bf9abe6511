"""A pass over the open orders: those past their window, oldest first, while there is time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions.orders.decisions import Record, Stage, Verdict
from functions.orders.items import OPEN_PARTITIONS
from functions.orders.tests.conftest import House
from functions.orders.tests.standing_still import (
    PATIENCE,
    REFUND_ID,
    WINDOW,
    Left,
    leave,
    new_era,
)
from functions.shared.dynamodb import Table
from functions.shared.observability import metrics

PAID = (Verdict.SUCCESS, Record.PAYING, Stage.PENDING)
PLENTY = 60.0


@pytest.fixture(autouse=True)
def _nothing_open_yet(orders_table: Table) -> None:
    """A pass sees every open order; those of other tests are taken out of its sight."""
    for item in orders_table.page(orders_table.client.scan, {"IndexName": "open"}).items:
        orders_table.client.update_item(
            TableName=orders_table.name,
            Key={name: {"S": item[name]} for name in ("PK", "SK")},
            UpdateExpression="REMOVE GSI3PK, GSI3SK",
        )


def status_of(left: Left) -> str:
    status: str = left.end()["order"][0]
    return status


def test_a_pass_takes_what_is_past_its_window_and_leaves_the_rest(house: House) -> None:
    era = new_era()
    early = leave(house, PAID, era=era)
    late = leave(house, PAID, era=era + timedelta(milliseconds=1))
    done = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CONFIRMED), era=era)
    before = late.rows(), done.rows()
    assert house.reconciler.sweep(era + WINDOW + PATIENCE, PLENTY) == {"confirmed": 1}
    assert status_of(early) == "CONFIRMED"
    assert (late.rows(), done.rows()) == before


def test_a_refund_that_stands_still_is_found(house: House) -> None:
    era = new_era()
    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.REFUNDING), era=era)
    due = era + timedelta(minutes=3) + PATIENCE
    assert house.reconciler.sweep(due - timedelta(seconds=1), PLENTY) == {}
    assert house.reconciler.sweep(due, PLENTY) == {"refunded": 1}
    assert house.reconciler.sweep(due, PLENTY) == {}
    assert [refund_id for _, refund_id, _ in left.end()["refunds"]] == [REFUND_ID]


def test_the_oldest_come_first_and_a_pass_ends_with_its_time(house: House) -> None:
    era = new_era()
    order_ids = [leave(house, PAID, era=era - timedelta(minutes=n)).order_id for n in range(4)]
    ticks = iter(range(100))
    reconciler = replace(house.reconciler, clock=lambda: next(ticks))
    now = era + timedelta(hours=1)
    assert reconciler.sweep(now, 2.5) == {"confirmed": 2, "left": 2}
    assert house.store.overdue(now, 10) == [order_ids[1], order_ids[0]]
    assert reconciler.sweep(now, PLENTY) == {"confirmed": 2}


def test_an_order_that_fails_holds_up_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    era = new_era()
    bad = leave(house, PAID, era=era - timedelta(minutes=1))
    good = leave(house, PAID, era=era)
    allocate = house.seating.allocate

    def crash(reservation_id: str, order_id: str) -> bool:
        if order_id == bad.order_id:
            raise ZeroDivisionError
        return allocate(reservation_id, order_id)

    monkeypatch.setattr(house.seating, "allocate", crash)
    assert house.reconciler.sweep(good.now, PLENTY) == {"failed": 1, "confirmed": 1}
    monkeypatch.undo()
    assert house.reconciler.sweep(good.now, PLENTY) == {"confirmed": 1}


def test_an_order_that_waits_goes_behind_the_others_and_is_asked_about_in_each_pass(
    house: House,
) -> None:
    era = new_era()
    unknown = (Verdict.PENDING, Record.PAYING, Stage.PENDING)
    waiting = leave(house, unknown, era=era - timedelta(minutes=1))
    paid = leave(house, PAID, era=era)
    house.payments.verdict = "UNKNOWN"
    ticks = iter(range(100))
    short = replace(house.reconciler, clock=lambda: next(ticks))
    assert short.sweep(paid.now, 1.5) == {"waits": 1, "left": 1}
    assert short.sweep(paid.now, 1.5) == {"confirmed": 1, "left": 1}
    assert short.sweep(paid.now, 1.5) == {"waits": 1}
    house.payments.verdict = "VOIDED"
    assert short.sweep(paid.now + timedelta(minutes=1), 1.5) == {"given-up": 1}
    assert status_of(waiting) == "FAILED"


def test_open_orders_are_found_in_every_partition(house: House) -> None:
    era = new_era()
    first = leave(house, PAID, era=era)
    expected = {first.order_id}
    for partition in OPEN_PARTITIONS:
        order = house.store.find_order(first.order_id)
        assert order is not None
        twin = order._replace(
            order_id=partition[-1] + order.order_id[1:],
            reservation_id=f"{order.reservation_id}-{partition}",
        )
        if twin.order_id not in expected:
            house.store.place(twin)
        expected.add(twin.order_id)
    found = house.store.overdue(era + WINDOW, 10)
    assert len(found) == len(OPEN_PARTITIONS) == 16
    assert set(found) == expected


def observed() -> list[float]:
    found: list[float] = metrics.metric_set["oldest_open_order_seconds"]["Value"]
    metrics.clear_metrics()
    return found


def test_the_age_of_the_oldest_open_order_is_observed(house: House) -> None:
    era = new_era()
    for seconds in range(3):
        later = era + timedelta(seconds=seconds)
        leave(house, (Verdict.PENDING, Record.PAYING, Stage.PENDING), era=later)
    now = era + WINDOW + timedelta(seconds=100)
    metrics.clear_metrics()
    house.reconciler.sweep(now, 0)
    assert observed() == [100]
    house.payments.verdict = "UNKNOWN"
    for minutes in (1, 2):
        # Those that wait have changed places, and are as old as ever.
        house.reconciler.sweep(now + timedelta(minutes=minutes), PLENTY)
        assert observed() == [100 + 60 * minutes]
    house.payments.verdict = "VOIDED"
    house.reconciler.sweep(now + timedelta(minutes=3), PLENTY)
    assert observed() == [0]


def test_a_refund_is_open_from_its_first_step_to_its_last(house: House) -> None:
    def is_open(at: datetime) -> bool:
        return order_id in house.store.overdue(at, 10)

    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CONFIRMED))
    order_id, now = left.order_id, left.now
    later = now + timedelta(minutes=3)
    assert not is_open(later)
    house.void(order_id, refund_id=REFUND_ID, at=now)
    assert is_open(later)
    assert not is_open(later - timedelta(milliseconds=1))
    house.refunds.close(order_id, REFUND_ID, now)
    assert not is_open(later)
