"""The import from end to end, against the fake API on a loopback socket."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from importer.fake_api import FakeApi
from importer.fake_shop import Json
from importer.runs import AGAIN, FIRST, NOW, WRITES, counts, run


def test_everything_is_imported_once_and_a_second_run_changes_nothing(
    fake: FakeApi, etsr: Path
) -> None:
    assert counts(run(fake, etsr)) == FIRST
    assert len(fake.writes) == WRITES
    assert counts(run(fake, etsr)) == AGAIN
    assert len(fake.writes) == WRITES


def test_seats_keep_their_ids_and_prices_also_where_two_share_a_position(
    fake: FakeApi, etsr: Path
) -> None:
    run(fake, etsr)
    (seats,) = (seats for seats in fake.shop.seats.values() if 128 in seats)
    assert {seat_id: (seat["number"], seat["priceCents"]) for seat_id, seat in seats.items()} == {
        125: ("1", 51235),
        126: ("2", 51235),
        127: ("3", 51235),
        128: ("3", 51235),
    }


def test_rows_and_seats_are_put_in_counting_order(fake: FakeApi, etsr: Path) -> None:
    run(fake, etsr)
    (seats,) = (seats for seats in fake.shop.seats.values() if 101 in seats)
    in_b = [(seat["row"], seat["number"]) for seat in seats.values() if seat["section"] == "B"]
    assert in_b == [("9", str(n)) for n in range(1, 7)] + [("10", str(n)) for n in range(7, 13)]


def test_orders_are_replayed_oldest_first_and_refused_with_their_reason(
    fake: FakeApi, etsr: Path
) -> None:
    orders = run(fake, etsr).outcomes[-1]
    sold = [[item["seatId"] for item in order["items"]] for order in fake.shop.orders]
    assert sold == [[125], [102, 103], [105, 106, 107, 108, 109, 110, 111, 112], [126, 127]]
    assert orders.refused == [
        "order 1 of 2023-12-03 10:00:00: 409 seats-unavailable: taken (seat 102 went to order 2)",
        "order 3 of 2023-12-04 10:00:00: 422 validation-failed: wrong (/seatIds: 1 to 10 seats)",
        "order 5 of 2023-12-06 10:00:00: 409 ticket-limit-reached: 10 tickets",
    ]


def test_a_total_that_differs_from_the_datas_is_reported(fake: FakeApi, etsr: Path) -> None:
    expected = ["order 6 of 2023-12-01 10:00:00: 537.97, not 538.47"]
    assert run(fake, etsr).mismatches == expected
    assert run(fake, etsr).mismatches == expected


def test_every_open_event_lies_ahead_and_all_are_moved_alike(fake: FakeApi, etsr: Path) -> None:
    shift = run(fake, etsr).shift
    dates = {event["status"]: event["eventDate"] for event in fake.shop.events}
    jazz = datetime(2024, 1, 5, 19, tzinfo=UTC) + shift
    assert timedelta(days=30) <= jazz - NOW < timedelta(days=31)
    assert datetime.fromisoformat(dates["CANCELLED"]) == jazz - timedelta(days=35, minutes=30)


def test_a_run_on_a_later_day_finds_the_events_of_the_first(fake: FakeApi, etsr: Path) -> None:
    shift = run(fake, etsr).shift
    later = run(fake, etsr, NOW + timedelta(days=400))
    assert (counts(later), later.shift) == (AGAIN, shift)
    assert len(fake.writes) == WRITES


def test_a_run_by_another_administrator_changes_nothing(fake: FakeApi, etsr: Path) -> None:
    run(fake, etsr)
    assert counts(run(fake, etsr, username="another")) == AGAIN
    assert len(fake.writes) == WRITES


def test_venues_that_are_alike_are_told_apart_by_their_order(fake: FakeApi, own_etsr: Path) -> None:
    venues = own_etsr / "etsr_venues.csv"
    venues.write_text(venues.read_text().replace("Mumbai", "Pune"))
    assert counts(run(fake, own_etsr)) == FIRST
    assert counts(run(fake, own_etsr)) == AGAIN


def test_an_event_that_was_put_off_and_renamed_people_are_still_themselves(
    fake: FakeApi, etsr: Path
) -> None:
    run(fake, etsr)
    fake.shop.events[0]["eventDate"] = "2031-05-05T10:10:10Z"
    fake.shop.events[1]["status"] = "CANCELLED"
    fake.shop.users[0]["username"] = "chosen"
    fake.shop.users[1]["email"] = fake.shop.users[1]["email"].upper()
    assert counts(run(fake, etsr)) == AGAIN
    assert len(fake.writes) == WRITES


def test_seats_given_back_since_are_not_sold_to_the_next_in_the_data(
    fake: FakeApi, etsr: Path
) -> None:
    run(fake, etsr)
    (order,) = (order for order in fake.shop.orders if order["items"][0]["seatId"] == 102)
    order["status"] = "REFUNDED"
    again = run(fake, etsr)
    assert counts(again) == AGAIN
    assert again.outcomes[-1].refused[0] == (
        "order 1 of 2023-12-03 10:00:00: its seats were sold, and given back since "
        "(seat 102 went to order 2)"
    )
    assert len(fake.writes) == WRITES


def test_an_order_that_failed_in_the_system_is_sold_by_the_next_run(
    fake: FakeApi, etsr: Path
) -> None:
    run(fake, etsr)
    fake.shop.orders[0]["status"] = "FAILED"
    assert counts(run(fake, etsr))[-1] == ("orders", 1, 3, 3)
    assert counts(run(fake, etsr)) == AGAIN
    assert [order["status"] for order in fake.shop.orders].count("FAILED") == 1


def test_an_order_whose_hold_lapsed_before_it_was_written_is_sold_under_another_key(
    fake: FakeApi, etsr: Path
) -> None:
    fake.shop.lapsed_keys = {"etsr-order-6-0", "etsr-order-13-0", "etsr-order-13-1"}
    assert counts(run(fake, etsr)) == FIRST
    assert counts(run(fake, etsr)) == AGAIN


def test_an_order_still_under_way_is_waited_for(fake: FakeApi, etsr: Path) -> None:
    fake.pending_for = 1
    assert counts(run(fake, etsr)) == FIRST


def test_what_others_made_is_never_taken_for_ours(fake: FakeApi, etsr: Path) -> None:
    fake.shop.add_venue({"name": "Assembly Rooms", "city": "Goa", "capacity": 80})
    event: Json = {
        "venueId": fake.shop.venues[0]["venueId"],
        "title": "Weekly Jazz",
        "eventType": "Concert",
        "eventDate": "2027-01-05T19:00:00+00:00",
        "basePriceCents": 40050,
        "currency": "INR",
        "status": "ON_SALE",
    }
    fake.shop.add_event(event)
    assert counts(run(fake, etsr)) == FIRST


def test_another_seat_map_is_left_alone_and_its_orders_are_refused(
    fake: FakeApi, etsr: Path
) -> None:
    run(fake, etsr)
    (event_id,) = (event_id for event_id, seats in fake.shop.seats.items() if 125 in seats)
    del fake.shop.seats[event_id][128]
    again = run(fake, etsr)
    assert again.outcomes[2].refused == [
        "seat map of event 2: another map of 3 seats is there already, and left alone"
    ]
    assert again.outcomes[-1].refused[:2] == [
        "order 6 of 2023-12-01 10:00:00: without its event, seats or user",
        "order 13 of 2023-12-07 10:00:00: without its event, seats or user",
    ]


def test_a_map_whose_answer_is_lost_is_found_to_be_there(fake: FakeApi, etsr: Path) -> None:
    def fail_once(written: int) -> None:
        if written == 9:
            raise RuntimeError

    fake.after_write = fail_once
    assert counts(run(fake, etsr)) == FIRST
    assert len(fake.writes) == WRITES


def test_what_hangs_on_a_refused_venue_is_listed_too(fake: FakeApi, own_etsr: Path) -> None:
    venues = own_etsr / "etsr_venues.csv"
    venues.write_text(venues.read_text().replace("Pune,120", "Pune,2000000"))
    result = run(fake, own_etsr)
    assert counts(result) == [
        ("venues", 1, 0, 1),
        ("events", 3, 0, 3),
        ("seat maps", 2, 0, 3),
        ("users", 4, 0, 0),
        ("orders", 0, 0, 7),
    ]
