"""Reserving costs the same on every event. Counted, never timed: the same on every machine."""

import pytest
from embedded.aws import client
from embedded.bench.metering import Bill
from embedded.bench.scale import SIZES
from embedded.bench.scale.costs import EventCosts, event_costs
from embedded.bench.scale.table import seating_store

from functions.seating.seat_map import CHUNK_SEATS


@pytest.fixture(scope="module")
def costs(aws_endpoint: str) -> list[EventCosts]:
    store = seating_store(client("dynamodb", aws_endpoint))
    return [event_costs(store, seats) for seats in SIZES]


def prices(bills: list[Bill]) -> set[tuple[object, ...]]:
    """What differs between them."""
    return {
        (tuple(sorted(bill.requests.items())), bill.read_units, bill.write_units) for bill in bills
    }


def test_a_reservation_takes_equal_requests_and_units_from_100_to_100_000_seats(
    costs: list[EventCosts],
) -> None:
    assert prices([each.reserve for each in costs]) == {
        ((("BatchGetItem", 2), ("TransactWriteItems", 1)), 7, 12)
    }


def test_so_it_does_in_a_function_that_has_never_seen_the_event(costs: list[EventCosts]) -> None:
    assert prices([each.first_reserve for each in costs]) == {
        ((("BatchGetItem", 3), ("GetItem", 1), ("TransactWriteItems", 1)), 9, 12)
    }


def test_so_does_the_best_of_a_section(costs: list[EventCosts]) -> None:
    assert len(prices([each.best for each in costs])) == 1
    # A first one reads the section's part of the map: alike wherever sections are.
    assert len(prices([each.first_best for each in costs[1:]])) == 1


def test_reading_a_section_costs_the_same_and_a_summary_one_query_a_section(
    costs: list[EventCosts],
) -> None:
    assert len(prices([each.section for each in costs])) == 1
    assert len(prices([each.claimed_section for each in costs])) == 1
    assert [each.summary.requests["Query"] for each in costs] == [1, 2, 20, 200]


def test_a_map_is_written_in_items_of_many_seats(costs: list[EventCosts]) -> None:
    beside = 3  # the table of contents, and the event's summary twice
    items = [each.seat_map.items_written - beside for each in costs]
    assert items == [-(-seats // CHUNK_SEATS) for seats in SIZES]
