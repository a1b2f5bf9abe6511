"""Giving an order up: its payment decides, and nothing to do is no refusal."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.orders.refund_terms import RefundPolicy
from functions.orders.store import Store
from functions.orders.tests.conftest import House
from functions.shared.tests.deployed import Answer


def cancel(house: House, order_id: str) -> Answer:
    return house("POST", f"/v1/orders/{order_id}/cancel")


def test_a_pending_order_is_voided_and_closed_as_cancelled(house: House) -> None:
    order_id = house.placed()
    answer = cancel(house, order_id)
    assert (answer.status, answer.body["status"]) == (202, "PENDING")
    assert house.payments.settled == [(order_id, "cancelled")]
    # The saga comes to its CancelOrder by the verdict, and knows only that it was voided.
    house.give_up(order_id, "PaymentVoided")
    order = house("GET", f"/v1/orders/{order_id}").body
    assert (order["status"], order["reason"]) == ("CANCELLED", "cancelled")
    assert order["payment"]["status"] == "VOIDED"


def test_an_order_paid_a_moment_ago_is_not_given_up(house: House) -> None:
    order_id = house.placed()
    house.payments.verdict = "CAPTURED"
    cancel(house, order_id).problem(409, "payment-captured")
    house.confirm(order_id)
    assert cancel(house, order_id).status == 202
    assert house.sagas.refunded == [(order_id, "cancelled")]


def test_a_payment_under_way_is_waited_for(house: House) -> None:
    order_id = house.placed()
    house.payments.verdict = "UNKNOWN"
    answer = cancel(house, order_id)
    assert answer.problem(409, "payment-in-progress")["retryAfter"] == 2
    assert answer.headers["Retry-After"] == "2"


def test_seats_lost_after_a_wish_to_cancel_are_still_our_failure(house: House) -> None:
    order_id = house.placed()
    house.payments.verdict = "CAPTURED"
    cancel(house, order_id)
    house.payments.states[order_id] = "REFUNDED"
    house.bookings.cancel(order_id, "SeatsLost", datetime.now(UTC))
    order = house("GET", f"/v1/orders/{order_id}").body
    assert (order["status"], order["reason"]) == ("FAILED", "seats-lost")


def test_a_confirmed_order_is_refunded(house: House) -> None:
    order_id = house.confirmed()
    assert cancel(house, order_id).status == 202
    assert house.sagas.refunded == [(order_id, "cancelled")]
    assert house.payments.settled == []


def test_an_order_is_refunded_once(house: House) -> None:
    order_id = house.confirmed()
    house.void(order_id, refund_id="refund-1", at=datetime.now(UTC))
    assert cancel(house, order_id).status == 202
    assert house.sagas.refunded == []


@pytest.mark.parametrize("end", ["given up", "refunded"])
def test_an_order_that_is_over_has_nothing_to_cancel(house: House, end: str) -> None:
    order_id = house.confirmed() if end == "refunded" else house.placed()
    house.refund(order_id) if end == "refunded" else house.give_up(order_id)
    before = house("GET", f"/v1/orders/{order_id}").body
    answer = cancel(house, order_id)
    assert (answer.status, answer.body) == (202, before)
    assert (house.sagas.refunded, house.payments.settled) == ([], [])


def test_an_order_decided_while_it_is_cancelled_goes_by_what_it_became(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = house.placed()
    request_cancel = Store.request_cancel

    def confirmed_first(store: Store, order_id: str, now: datetime) -> None:
        house.confirm(order_id)
        request_cancel(store, order_id, now)

    monkeypatch.setattr(Store, "request_cancel", confirmed_first)
    assert cancel(house, order_id).status == 202
    assert house.sagas.refunded == [(order_id, "cancelled")]


def test_somebody_who_was_admitted_does_not_get_the_money_back(house: House) -> None:
    order_id = house.confirmed(1, 2)
    ticket = house.tickets(order_id)[1]
    body = {"code": ticket["code"], "eventId": house.event_id}
    used_at = house.as_organizer("POST", "/v1/tickets/verify", body).body["usedAt"]
    problem = cancel(house, order_id).problem(409, "ticket-used")
    assert datetime.fromisoformat(problem["usedAt"]) == datetime.fromisoformat(used_at)
    assert house.sagas.refunded == []


def test_somebody_elses_order_is_not_there_to_cancel(house: House) -> None:
    order_id = house.placed()
    answer = house.as_stranger("POST", f"/v1/orders/{order_id}/cancel")
    answer.problem(404, "not-found")
    assert house.payments.settled == []


def test_an_order_is_not_cancelled_while_payments_is_away(house: House) -> None:
    order_id = house.placed()
    house.payments.away = True
    cancel(house, order_id).problem(503, "service-unavailable")


def under(house: House, policy: RefundPolicy, *seat_ids: int) -> str:
    """The id of a CONFIRMED order placed while the event had this policy."""
    held = house.seating.hold(house.customer_id, house.event_id, *seat_ids)
    reservation = house.seating.reservations[held]
    house.seating.reservations[held] = reservation._replace(refund_policy=policy)
    order_id = str(house.order({"reservationId": held}).body["orderId"])
    house.confirm(order_id)
    return order_id


def test_an_order_keeps_and_shows_the_policy_that_it_was_placed_with(house: House) -> None:
    until = datetime(2026, 12, 20, 18, tzinfo=UTC)
    order_id = under(house, RefundPolicy(until, 50))
    shown = house("GET", f"/v1/orders/{order_id}").body["refundPolicy"]
    assert shown == {"fullUntil": "2026-12-20T18:00:00Z", "thenPercent": 50}
    order = house.store.find_order(order_id)
    assert order is not None
    assert order.refund_policy == RefundPolicy(until, 50)
    assert house("GET", f"/v1/orders/{house.placed()}").body["refundPolicy"] is None


def test_a_customer_is_refunded_by_the_policy_and_the_organizer_gives_all(house: House) -> None:
    over = RefundPolicy(datetime.now(UTC) - timedelta(seconds=1), 50)
    order_id = under(house, over, 1, 2)
    assert cancel(house, order_id).status == 202
    house.as_organizer("POST", f"/v1/orders/{order_id}/cancel")
    by_policy, whole = house.sagas.wanted
    assert by_policy is not None
    assert whole is not None
    assert (by_policy.seat_ids, by_policy.amount_cents) == ((1, 2), 551 + 551)
    assert (whole.seat_ids, whole.amount_cents) == (None, None)
    assert by_policy.refund_id != whole.refund_id


def test_what_the_policy_gives_nothing_for_stays_valid(house: House) -> None:
    order_id = under(house, RefundPolicy(datetime.now(UTC) - timedelta(seconds=1), 0))
    cancel(house, order_id).problem(409, "refund-not-offered")
    assert house.sagas.refunded == []
    assert {ticket["status"] for ticket in house.tickets(order_id)} == {"VALID"}


def test_what_is_left_of_an_order_is_refunded(house: House) -> None:
    order_id = house.confirmed(1, 2)
    house.void(order_id, 1)
    cancel(house, order_id).problem(409, "refund-in-progress")
    house.refunds.close(order_id, "refund-1", datetime.now(UTC))
    assert cancel(house, order_id).status == 202
    (wanted,) = house.sagas.wanted
    assert wanted is not None
    assert (wanted.seat_ids, wanted.amount_cents) == ((2,), None)
