"""A plan in pretix's format becomes sections; what is wrong with it is named."""

from typing import Any

import pytest

from functions.seating.drafts import build_sections
from functions.seating.pretix_plan import read_plan
from functions.seating.tests.plans import real_plan, small_plan
from functions.shared.problems import ValidationFailed

PRICES = {"Stalls": 2_000, "Box": 9_000}


def faults(plan: dict[str, Any], prices_cents: dict[str, int] | None = None) -> list[str]:
    with pytest.raises(ValidationFailed) as refused:
        read_plan(plan, prices_cents)
    return [fault["pointer"] for fault in refused.value.extensions["errors"]]


def test_zones_are_sections_and_a_seat_stands_where_zone_row_and_seat_add_up() -> None:
    drafts, warnings = read_plan(small_plan(), PRICES)
    sections, repeated = build_sections(drafts, 1)
    seats = [seat for section in sections for seat in section.seats]
    assert [(seat.section, seat.row, seat.number) for seat in seats[2:6]] == [
        ("Ground floor", "1", "3"),
        ("Ground floor", "2", "1"),
        ("Ground floor", "2", "1"),
        ("Box 1", "A", "1"),
    ]
    assert [(seat.x, seat.y) for seat in seats[1:4]] == [(40.5, 25), (71, 25), (10, 65)]
    assert [seat.price_cents for seat in seats] == [2_000] * 5 + [9_000] * 2
    assert warnings == ["seat_guid 'g-1-2' occurs 2 times; its seats have ids of their own."]
    assert repeated == ["Section 'Ground floor', row '2', seat '1' occurs 2 times."]
    assert [seat.seat_id for seat in seats] == list(range(1, 8))


def test_without_prices_every_seat_costs_the_events_base_price() -> None:
    drafts, _ = read_plan(small_plan(), None)
    sections, _ = build_sections(drafts, 1_234)
    assert {seat.price_cents for section in sections for seat in section.seats} == {1_234}


def test_each_seat_of_a_category_without_a_price_is_named() -> None:
    assert faults(small_plan(), {"Stalls": 1}) == [
        "/plan/zones/1/rows/0/seats/0/category",
        "/plan/zones/1/rows/0/seats/1/category",
    ]


def test_an_unknown_category_is_named_where_it_stands() -> None:
    plan = small_plan()
    plan["zones"][0]["rows"][1]["seats"][0]["category"] = "Balcony"
    assert faults(plan) == ["/plan/zones/0/rows/1/seats/0/category"]
    assert faults(small_plan(), PRICES | {"a/b~c": 1}) == ["/pricesCents/a~1b~0c"]


def test_what_is_no_plan_is_said_where() -> None:
    assert set(faults({})) == {"/plan/categories", "/plan/zones"}
    plan = small_plan()
    plan["zones"][0]["rows"][0]["seats"][1]["position"] = {"x": "far"}
    assert faults(plan) == ["/plan/zones/0/rows/0/seats/1/position/x"]
    plan = small_plan()
    plan["zones"][0]["position"]["y"] = float("inf")
    assert faults(plan) == ["/plan/zones/0/position/y"]


def test_a_plan_may_leave_out_names_and_numbers() -> None:
    plan = small_plan()
    del plan["zones"][1]["name"]
    del plan["zones"][1]["rows"][0]["row_number"]
    del plan["zones"][1]["rows"][0]["seats"][1]["seat_number"]
    plan["zones"][1]["rows"][0]["seats"][0]["seat_number"] = 17
    drafts, _ = read_plan(plan, None)
    assert drafts[1].name == "Zone 2"
    assert drafts[1].rows[0].label == "1"
    assert [seat.number for seat in drafts[1].rows[0].seats] == ["17", "2"]


def test_the_real_plan_of_three_hundred_seats_is_read_whole() -> None:
    drafts, warnings = read_plan(real_plan(), None)
    (section,), repeated = build_sections(drafts, 500)
    assert len(section.seats) == 300
    assert len({seat.seat_id for seat in section.seats}) == 300
    assert len({(seat.x, seat.y) for seat in section.seats}) == 300
    assert len({seat.category for seat in section.seats}) == 5
    assert len(warnings) == 40
    assert repeated == []
