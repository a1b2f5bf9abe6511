"""PUT /v1/events/{id}/seats: every form of a map, every fault named, only its organizer's."""

from datetime import datetime
from typing import Any

import pytest

from functions.seating import maps
from functions.seating.domain import EventStatus, SaleState
from functions.seating.sale_states import advance_state
from functions.seating.store.store import Store
from functions.seating.tests.callers import another
from functions.seating.tests.conftest import KnownEvents
from functions.seating.tests.plans import real_plan, small_plan
from functions.seating.tests.shows import Show, new_event_id
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tokens import Role


def section(name: str = "A", rows: Any = ({"row": "1", "seats": 2},), **more: Any) -> Any:
    return {"name": name, "rows": list(rows), **more}


def put(client: Client, event: int, token: str, *sections: Any, **body: Any) -> Answer:
    body = body or {"sections": list(sections)}
    return client("PUT", f"/v1/events/{event}/seats", body, token=token)


def listed(client: Client, event: int) -> list[dict[str, Any]]:
    answer = client("GET", "/v1/seats", query={"eventId": event, "limit": 100})
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def test_a_seat_map_is_put_in_every_form(client: Client, event: int, organizer: str) -> None:
    answer = put(
        client,
        event,
        organizer,
        section("Count", [{"row": 1, "seats": 2}], priceCents=900),
        section("Numbers", [{"row": "B", "seats": [7, "8a"]}], category="GOLD"),
        section(
            "Seats",
            [
                {
                    "row": "C",
                    "seats": [
                        {"number": 1, "seatId": 50, "priceCents": 1, "category": "V"},
                        {"number": "2", "seat_id": 51, "price_cents": 2, "x": 1.5, "y": -2},
                    ],
                }
            ],
        ),
        {"name": "Floor", "generalAdmission": 2, "priceCents": 300},
    )
    assert answer.status == 200
    assert answer.body == {
        "eventId": event,
        "version": 1,
        "totalSeats": 8,
        "sections": [
            {"name": "Count", "totalSeats": 2, "generalAdmission": False},
            {"name": "Numbers", "totalSeats": 2, "generalAdmission": False},
            {"name": "Seats", "totalSeats": 2, "generalAdmission": False},
            {"name": "Floor", "totalSeats": 2, "generalAdmission": True},
        ],
        "warnings": [],
    }
    seats = listed(client, event)
    assert [seat["seatId"] for seat in seats] == [1, 2, 3, 4, 50, 51, 5, 6]
    assert [seat["seatNumber"] for seat in seats] == ["1", "2", "7", "8a", "1", "2", "", ""]
    assert [seat["priceCents"] for seat in seats] == [900, 900, 500, 500, 1, 2, 300, 300]
    assert [seat["category"] for seat in seats[2:6]] == ["GOLD", "GOLD", "V", "STANDARD"]
    assert (seats[5]["x"], seats[5]["y"], seats[4]["x"]) == (1.5, -2, None)
    assert {seat["currency"] for seat in seats} == {"INR"}


def test_a_pretix_plan_is_put_with_prices_by_category_and_warnings(
    client: Client, event: int, organizer: str
) -> None:
    prices = {"Stalls": 700, "Box": 2_000}
    answer = put(client, event, organizer, plan=small_plan(), pricesCents=prices)
    assert (answer.status, answer.body["totalSeats"]) == (200, 7)
    assert answer.body["warnings"] == [
        "seat_guid 'g-1-2' occurs 2 times; its seats have ids of their own.",
        "Section 'Ground floor', row '2', seat '1' occurs 2 times.",
    ]
    assert [seat["priceCents"] for seat in listed(client, event)] == [700] * 5 + [2_000] * 2


def test_the_real_plan_is_put_and_sold_from(
    client: Client, event: int, organizer: str, admin: str
) -> None:
    plan = real_plan()
    prices = {category["name"]: 100 for category in plan["categories"]}
    answer = put(client, event, admin, plan=plan, prices_cents=prices)
    assert (answer.body["totalSeats"], len(answer.body["warnings"])) == (300, 40)


def test_a_map_is_replaced_with_a_higher_version(
    client: Client, event: int, organizer: str
) -> None:
    put(client, event, organizer, section())
    answer = put(client, event, organizer, section("B", [{"row": "1", "seats": 9}]))
    assert (answer.body["version"], answer.body["totalSeats"]) == (2, 9)
    assert {seat["section"] for seat in listed(client, event)} == {"B"}


def test_a_map_is_not_replaced_once_the_event_is_on_sale(
    client: Client, event: int, organizer: str, catalog: KnownEvents
) -> None:
    put(client, event, organizer, section())
    known = catalog.events[event]
    state = known.state._replace(status=EventStatus.ON_SALE, event_version=2)
    catalog.events[event] = known._replace(state=state)
    put(client, event, organizer, section("B")).problem(409, "seat-map-fixed")
    assert {seat["section"] for seat in listed(client, event)} == {"A"}


def test_a_map_that_keeps_being_overtaken_is_a_conflict(
    client: Client, event: int, organizer: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(client, event, organizer, section())

    def meanwhile(store: Store, known: SaleState, now: datetime) -> None:
        told = known._replace(event_version=known.event_version + 1)
        advance_state(store, told, now)

    monkeypatch.setattr(maps, "_check_replaceable", meanwhile)
    put(client, event, organizer, section("B")).problem(409, "conflict")


def test_only_the_events_organizer_and_an_admin_put_its_map(
    client: Client, event: int, customer: str, issuer: LocalIssuer, organizer: str, admin: str
) -> None:
    client("PUT", f"/v1/events/{event}/seats", {"sections": [section()]}).problem(
        401, "unauthenticated"
    )
    put(client, event, customer, section()).problem(403, "forbidden")
    put(client, event, another(issuer, Role.EVENT_ORGANIZER), section()).problem(404, "not-found")
    put(client, new_event_id(), organizer, section()).problem(404, "not-found")
    assert put(client, event, admin, section()).status == 200


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {""}),
        ({"sections": [section()], "plan": {}}, {""}),
        ({"sections": [section()], "pricesCents": {"a": 1}}, {""}),
        ({"sections": []}, {"/sections"}),
        ({"seats": [1]}, {"/seats"}),
        ({"sections": [{"name": "A"}]}, {"/sections/0"}),
        ({"sections": [{"name": "A", "rows": []}]}, {"/sections/0/rows"}),
        ({"sections": [section(generalAdmission=4)]}, {"/sections/0"}),
        ({"sections": [{"name": "A", "generalAdmission": 0}]}, {"/sections/0/generalAdmission"}),
        ({"sections": [section(rows=[{"row": "1"}])]}, {"/sections/0/rows/0/seats"}),
        ({"sections": [section(rows=[{"row": "1", "seats": 0}])]}, {"/sections/0/rows/0/seats"}),
        ({"sections": [section(rows=[{"row": "1", "seats": []}])]}, {"/sections/0/rows/0/seats"}),
        ({"sections": [section(rows=[{"row": "1", "seats": True}])]}, {"/sections/0/rows/0/seats"}),
        (
            {"sections": [section(rows=[{"row": "1", "seats": [1, {"x": 1}]}])]},
            {"/sections/0/rows/0/seats/1/number"},
        ),
        (
            {"sections": [section(rows=[{"row": "1", "seats": [{"number": 1, "cost": 2}]}])]},
            {"/sections/0/rows/0/seats/0/cost"},
        ),
        ({"sections": [section(priceCents=-1)]}, {"/sections/0/priceCents"}),
        ({"sections": [section(), section()]}, {"/sections/1/name"}),
        (
            {"sections": [section(rows=[{"row": "1", "seats": [{"number": 1, "seatId": 5}] * 2}])]},
            {"/sections/0/rows/0/seats/1/seatId"},
        ),
        ({"plan": {}}, {"/plan/categories", "/plan/zones"}),
        ({"plan": {"categories": [], "zones": []}}, {""}),
        (
            {"plan": small_plan(), "pricesCents": {"Stalls": 1}},
            {f"/plan/zones/1/rows/0/seats/{place}/category" for place in (0, 1)},
        ),
    ],
)
def test_each_fault_of_a_map_is_named(
    client: Client, event: int, organizer: str, body: Any, faults: set[str]
) -> None:
    answer = client("PUT", f"/v1/events/{event}/seats", body, token=organizer)
    assert answer.faults() == faults


def test_a_map_may_be_five_megabytes_and_other_bodies_64_kilobytes(
    client: Client, event: int, organizer: str, sale: Show
) -> None:
    padding = " " * (70 * 1024)
    raw = '{"sections": [{"name": "A", "generalAdmission": 1}]' + padding + "}"
    path = f"/v1/events/{event}/seats"
    assert client("PUT", path, raw=raw, token=organizer).status == 200
    huge = "[" + padding * 75 + "]"
    client("PUT", path, raw=huge, token=organizer).problem(413, "payload-too-large")
    raw = '{"eventId": 1' + padding + "}"
    client("POST", "/v1/seats/reserve", raw=raw, token=organizer).problem(413, "payload-too-large")
