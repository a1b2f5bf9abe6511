"""Reading and listing orders, waiting for one, and selling at the box office."""

import threading
import time
from typing import Any

import pytest

from functions.orders.tests.conftest import House, fresh_id, keyed
from functions.shared.problems import ServiceUnavailable
from functions.shared.tests.gateway import FakeContext
from functions.shared.tokens import Role


def test_a_pending_orders_payment_is_asked_for(house: House) -> None:
    order_id = house.placed()
    house.payments.states[order_id] = "FAILED"
    order = house("GET", f"/v1/orders/{order_id}").body
    assert (order["status"], order["payment"]["status"]) == ("PENDING", "FAILED")


def test_an_order_is_shown_while_payments_is_away(house: House) -> None:
    order_id = house.placed()
    house.payments.away = True
    answer = house("GET", f"/v1/orders/{order_id}")
    assert (answer.status, answer.body["payment"]) == (200, None)


def test_a_settled_order_knows_its_payment_itself(house: House) -> None:
    order_id = house.confirmed(2, 1)
    house.payments.asked = 0
    order = house("GET", f"/v1/orders/{order_id}").body
    assert order["status"] == "CONFIRMED"
    assert order["payment"]["status"] == "SUCCESS"
    assert [ticket["seatId"] for ticket in order["tickets"]] == [2, 1]
    assert house.payments.asked == 0


@pytest.mark.parametrize("path", ["", "/tickets"])
def test_an_order_is_shown_to_its_owner_its_organizer_and_administrators(
    house: House, path: str
) -> None:
    path = f"/v1/orders/{house.confirmed()}{path}"
    assert house("GET", path).status == 200
    assert house.as_organizer("GET", path).status == 200
    assert house.as_admin("GET", path).status == 200
    theirs = house.as_stranger("GET", path).problem(404, "not-found")
    nobodys = house.as_stranger("GET", path.replace("-", "0")).problem(404, "not-found")
    assert theirs["detail"] == nobodys["detail"]


def test_an_id_too_long_to_be_one_is_no_server_error(house: House) -> None:
    assert house("GET", f"/v1/orders/{'x' * 3000}").status == 422


def test_ones_own_orders_are_listed_newest_first_page_by_page(house: House) -> None:
    placed = [house.placed() for _ in range(5)]
    first = house("GET", "/v1/orders", query={"limit": 2}).body
    # One more comes in between, and shifts nothing.
    house.placed()
    second = house("GET", "/v1/orders", query={"limit": 2, "cursor": first["nextCursor"]}).body
    third = house("GET", "/v1/orders", query={"limit": 2, "cursor": second["nextCursor"]}).body
    pages = [[order["orderId"] for order in page["items"]] for page in (first, second, third)]
    assert pages == [placed[4:2:-1], placed[2:0:-1], placed[:1]]
    assert third["nextCursor"] is None


def test_a_full_last_page_says_that_nothing_follows(house: House) -> None:
    house.placed()
    house.placed()
    assert house("GET", "/v1/orders", query={"limit": 2}).body["nextCursor"] is None


def test_orders_are_listed_by_status_and_event(house: House) -> None:
    pending, confirmed = house.placed(), house.confirmed()
    elsewhere = house.order({"eventId": fresh_id(), "seatIds": [1]}).body

    def listed(**query: object) -> set[str]:
        items = house("GET", "/v1/orders", query=query).body["items"]
        return {order["orderId"] for order in items}

    assert listed(status="CONFIRMED") == {confirmed}
    assert listed(eventId=house.event_id) == {pending, confirmed}
    assert listed(event_id=house.event_id, status="PENDING") == {pending}
    assert listed() == {pending, confirmed, elsewhere["orderId"]}


def test_filters_reach_beyond_what_one_read_gives(house: House) -> None:
    house.confirmed()
    for _ in range(105):
        house.placed()
    (only,) = house("GET", "/v1/orders", query={"status": "CONFIRMED"}).body["items"]
    assert only["status"] == "CONFIRMED"


def test_an_administrator_lists_an_events_a_users_and_all_orders(house: House) -> None:
    order_id = house.placed()
    for query in ({"eventId": house.event_id}, {"userId": house.customer_id}):
        items = house.as_admin("GET", "/v1/orders", query=query).body["items"]
        assert [order["orderId"] for order in items] == [order_id]
    seen: list[str] = []
    everywhere: dict[str, Any] = {"status": "PENDING", "limit": 20}
    while True:
        page = house.as_admin("GET", "/v1/orders", query=everywhere).body
        assert {order["status"] for order in page["items"]} <= {"PENDING"}
        seen += [order["orderId"] for order in page["items"]]
        if page["nextCursor"] is None:
            break
        everywhere["cursor"] = page["nextCursor"]
    assert order_id in seen
    assert len(seen) == len(set(seen))


def test_only_an_administrator_lists_other_peoples_orders(house: House) -> None:
    house.placed()
    query = {"userId": fresh_id()}
    house("GET", "/v1/orders", query=query).problem(403, "forbidden")
    # An organizer's list is of the orders that are the organizer's own.
    assert house.as_organizer("GET", "/v1/orders").body["items"] == []


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "eyJhIjoxfQ"])
def test_a_cursor_of_somebody_elses_making_is_refused(house: House, cursor: str) -> None:
    assert house("GET", "/v1/orders", query={"cursor": cursor}).faults() == {"/cursor"}


def test_a_stolen_cursor_shows_nobody_elses_orders(house: House) -> None:
    house.placed()
    house.placed()
    cursor = house("GET", "/v1/orders", query={"limit": 1}).body["nextCursor"]
    answer = house.as_stranger("GET", "/v1/orders", query={"limit": 1, "cursor": cursor})
    assert answer.faults() == {"/cursor"}


def later(seconds: float, act: object, *given: object) -> None:
    assert callable(act)
    threading.Timer(seconds, act, given).start()


def test_an_order_can_be_waited_for(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    house.sagas.when_booked = lambda order_id: later(0.3, house.confirm, order_id)
    started = time.monotonic()
    answer = house.order({"reservationId": held}, Prefer="respond-async, wait=10")
    assert (answer.status, answer.body["status"]) == (201, "CONFIRMED")
    assert answer.body["payment"]["status"] == "SUCCESS"
    assert time.monotonic() - started < 5


def test_waiting_ends_with_the_state_reached_by_then(house: House) -> None:
    started = time.monotonic()
    answer = house.order(Prefer="wait=1")
    assert (answer.status, answer.body["status"]) == (201, "PENDING")
    assert 1 <= time.monotonic() - started < 3


def test_waiting_ends_when_the_payment_it_came_with_is_declined(house: House) -> None:
    house.sagas.when_booked = lambda order_id: house.payments.states.update({order_id: "FAILED"})
    body = {
        "eventId": house.event_id,
        "seatIds": [1],
        "paymentMethod": {"type": "card", "token": "tok_declined"},
    }
    started = time.monotonic()
    answer = house.order(body, Prefer="wait=20")
    assert (answer.body["status"], answer.body["payment"]["status"]) == ("PENDING", "FAILED")
    assert time.monotonic() - started < 5


def test_a_wait_ends_before_lambda_ends_the_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Placing took so long that four seconds are left: just enough to answer.
    monkeypatch.setattr(FakeContext, "get_remaining_time_in_millis", staticmethod(lambda: 4_000))
    started = time.monotonic()
    answer = house.order(Prefer="wait=20")
    assert (answer.status, answer.body["status"]) == (201, "PENDING")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("prefer", ["wait", "wait=x", "wait=-1", "waiting=5", "return=minimal", ""])
def test_what_does_not_ask_to_wait_is_not_waited_for(house: House, prefer: str) -> None:
    started = time.monotonic()
    assert house.order(Prefer=prefer).status == 201
    assert time.monotonic() - started < 1


def test_the_box_office_sells_a_reservation_in_one_call(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    house.sagas.when_booked = house.confirm
    body = {"reservationId": held}
    answer = house.as_organizer("POST", "/v1/seats/allocate", body)
    assert (answer.status, answer.body["status"]) == (200, "CONFIRMED")
    assert answer.body["userId"] == house.customer_id
    assert house.sagas.booked == [(answer.body["orderId"], {"type": "boxOffice"})]
    # Whoever asks again, without any key, finds it sold.
    again = house.as_admin("POST", "/v1/seats/allocate", body)
    assert (again.status, again.body) == (200, answer.body)


def test_a_sale_that_does_not_come_about_says_why(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    house.sagas.when_booked = lambda order_id: house.give_up(order_id, "SeatsLost")
    answer = house.as_organizer("POST", "/v1/seats/allocate", {"reservationId": held})
    assert answer.problem(409, "order-failed")["reason"] == "seats-lost"


def test_a_sale_that_takes_too_long_can_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.client.module, "MAX_WAIT_SECONDS", 0.2)
    held = house.seating.hold(house.customer_id, house.event_id)
    answer = house.as_organizer("POST", "/v1/seats/allocate", {"reservationId": held})
    assert answer.problem(503, "service-unavailable")["retryAfter"] == 2


def test_the_box_office_is_the_organizers(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    body = {"reservationId": held}
    house("POST", "/v1/seats/allocate", body).problem(403, "forbidden")
    house.as_stranger("POST", "/v1/seats/allocate", body).problem(404, "not-found")
    # An organizer of another event who holds seats here is a customer here.
    own = house.seating.hold(fresh_id(), house.event_id)
    seller = house.seating.reservations[own].user_id
    token = house.issuer.token(seller, Role.EVENT_ORGANIZER)
    answer = house.client("POST", "/v1/seats/allocate", {"reservationId": own}, token=token)
    answer.problem(403, "forbidden")


@pytest.mark.parametrize(
    ("held", "status", "code"),
    [
        ({"minutes": -1}, 410, "reservation-expired"),
        ({"status": "RELEASED"}, 410, "reservation-released"),
        ({"status": "PAYING"}, 409, "reservation-ordered"),
    ],
)
def test_the_box_office_sells_no_reservation_that_is_over(
    house: House, held: dict[str, object], status: int, code: str
) -> None:
    reservation_id = house.seating.hold(house.customer_id, house.event_id, **held)  # type: ignore[arg-type]
    answer = house.as_organizer("POST", "/v1/seats/allocate", {"reservationId": reservation_id})
    answer.problem(status, code)


def test_an_order_placed_at_the_counter_is_not_allocated_twice(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    body = {"reservationId": held, "paymentMethod": {"type": "boxOffice"}}
    assert house.as_organizer("POST", "/v1/orders", body, headers=keyed()).status == 201
    again = house.as_organizer("POST", "/v1/seats/allocate", {"reservationId": held})
    again.problem(409, "reservation-ordered")


def test_health_reads_the_table(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.client("GET", "/health/orders").body == {"status": "ok"}

    def fail() -> None:
        raise ServiceUnavailable.retry_after(1, "The table did not answer.")

    monkeypatch.setattr(house.client.module.store, "check", fail)
    house.client("GET", "/health/orders").problem(503, "service-unavailable")
