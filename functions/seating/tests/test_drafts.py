"""What an organizer sends becomes seats with ids, prices and places, or a list of faults."""

import pytest

from functions.seating.drafts import (
    MAX_FAULTS,
    DraftRow,
    DraftSeat,
    DraftSection,
    build_sections,
)
from functions.seating.seat_map import MAX_SEATS
from functions.seating.tests.shows import floor, hall, rows
from functions.shared.problems import ValidationFailed


def faults(*sections: DraftSection, base_price_cents: int | None = 1) -> list[str]:
    with pytest.raises(ValidationFailed) as refused:
        build_sections(sections, base_price_cents)
    return [fault["pointer"] for fault in refused.value.extensions["errors"]]


def row_of(*seats: DraftSeat) -> DraftSection:
    return DraftSection("S", "/sections/0", (DraftRow("A", seats),))


def test_seats_are_numbered_from_one_in_plan_order_across_sections() -> None:
    sections, warnings = build_sections([hall(2, 1), floor(2)], 1)
    seats = [seat for section in sections for seat in section.seats]
    assert [(seat.seat_id, seat.section, seat.row, seat.number) for seat in seats] == [
        (1, "Stalls", "A", "1"),
        (2, "Stalls", "A", "2"),
        (3, "Stalls", "B", "1"),
        (4, "Floor", "", ""),
        (5, "Floor", "", ""),
    ]
    assert [seat.line for seat in seats[:3]] == [0, 0, 1]
    assert warnings == []


def test_given_ids_are_kept_and_the_others_fill_the_gaps() -> None:
    seats = row_of(
        DraftSeat("1", "", seat_id=2), DraftSeat("2", ""), DraftSeat("3", ""), DraftSeat("4", "")
    )
    ((section,), _) = build_sections([seats], 1)
    assert [seat.seat_id for seat in section.seats] == [2, 1, 3, 4]


def test_a_price_is_the_seats_then_the_sections_then_the_events() -> None:
    draft = DraftSection(
        "S",
        "",
        (DraftRow("A", (DraftSeat("1", "", price_cents=0), DraftSeat("2", ""))),),
        price_cents=20,
    )
    sections, _ = build_sections([draft, DraftSection("T", "", rows(1))], 30)
    prices = [seat.price_cents for section in sections for seat in section.seats]
    assert prices == [0, 20, 30]


def test_a_category_is_the_seats_then_the_sections_then_standard() -> None:
    draft = DraftSection(
        "S",
        "",
        (DraftRow("A", (DraftSeat("1", "", category="VIP"), DraftSeat("2", ""))),),
        category="GOLD",
    )
    sections, _ = build_sections([draft, DraftSection("T", "", rows(1))], 1)
    categories = [seat.category for section in sections for seat in section.seats]
    assert categories == ["VIP", "GOLD", "STANDARD"]


def test_each_seat_without_a_price_is_named() -> None:
    seats = row_of(DraftSeat("1", "/a"), DraftSeat("2", "/b", price_cents=5), DraftSeat("3", "/c"))
    assert faults(seats, base_price_cents=None) == ["/a/priceCents", "/c/priceCents"]


def test_each_repeated_id_and_section_is_named() -> None:
    first = row_of(DraftSeat("1", "/a", seat_id=7), DraftSeat("2", "/b", seat_id=7))
    second = DraftSection("S", "/sections/1", rows(1))
    assert faults(first, second) == ["/sections/1/name", "/b/seatId"]


def test_a_map_has_at_least_one_seat_and_not_too_many() -> None:
    assert faults(DraftSection("S", "", ())) == [""]
    assert faults(floor(MAX_SEATS + 1)) == [""]


def test_a_map_full_of_faults_names_the_first_hundred() -> None:
    seats = row_of(*(DraftSeat(str(place), f"/{place}", seat_id=1) for place in range(300)))
    assert len(faults(seats)) == MAX_FAULTS


def test_a_position_that_occurs_twice_is_a_warning_and_both_seats_stay() -> None:
    sections, warnings = build_sections([row_of(DraftSeat("1", ""), DraftSeat("1", ""))], 1)
    assert len(sections[0].seats) == 2
    assert warnings == ["Section 'S', row 'A', seat '1' occurs 2 times."]
