"""What a customer may not decide is not decided by a field of a body."""

from typing import Any

import pytest

from blackbox.accounts import Accounts, person
from blackbox.caller import Caller, gave, new_key, refused
from blackbox.show import PRICE_CENTS, Booking, Show, new_event


def unknown(answer: Any, field: str) -> None:
    problem = refused(answer, 422, "validation-failed")
    assert f"/{field}" in {fault["pointer"] for fault in problem["errors"]}, problem


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "ADMIN"), ("status", "ACTIVE"), ("id", 1), ("createdAt", "2020-01-01T00:00:00Z")],
)
def test_nobody_gives_himself_a_role(
    anybody: Caller, customer: Caller, field: str, value: object
) -> None:
    unknown(anybody.post("/v1/users/register", person("climber") | {field: value}), field)
    own = f"/v1/users/{customer.user_id}"
    unknown(customer.ask("PUT", own, {"city": "Pune", field: value}), field)
    assert gave(customer.get(own))["role"] == "CUSTOMER"


def test_a_profile_does_not_carry_a_password(customer: Caller) -> None:
    own = f"/v1/users/{customer.user_id}"
    unknown(customer.ask("PUT", own, {"password": "another pass phrase"}), "password")


@pytest.mark.parametrize("role", ["GOD", "admin", "", None, 1, ["ADMIN"]])
def test_a_role_is_one_of_three(administrator: Caller, customer: Caller, role: object) -> None:
    path = f"/v1/users/{customer.user_id}/role"
    unknown(administrator.ask("PATCH", path, {"role": role}), "role")


@pytest.mark.parametrize("status", ["DELETED", "active", "BANNED", None])
def test_a_status_is_one_that_can_be_set(
    administrator: Caller, customer: Caller, status: object
) -> None:
    path = f"/v1/users/{customer.user_id}/status"
    unknown(administrator.ask("PATCH", path, {"status": status}), "status")


@pytest.mark.parametrize("field", ["organizerId", "eventId", "createdAt"])
def test_an_event_is_its_creators(organizer: Caller, show: Show, field: str) -> None:
    unknown(organizer.post("/v1/events", new_event(show.venue_id) | {field: 1}), field)
    unknown(organizer.ask("PATCH", f"/v1/events/{show.event_id}", {field: 1}), field)


@pytest.mark.parametrize("field", ["priceCents", "totalCents", "expiresAt", "status"])
def test_nobody_names_a_price_or_an_end(customer: Caller, show: Show, field: str) -> None:
    body = {"eventId": show.event_id, "seatIds": [9], field: 1}
    unknown(customer.post("/v1/seats/reserve", body), field)
    unknown(customer.post("/v1/orders", body, key=new_key()), field)


def test_a_customer_acts_for_himself_alone(customer: Caller, stranger: Caller, show: Show) -> None:
    body = {"eventId": show.event_id, "seatIds": [10], "userId": customer.user_id}
    refused(stranger.post("/v1/seats/reserve", body), 403, "forbidden")
    refused(stranger.post("/v1/orders", body, key=new_key()), 403, "forbidden")


def test_an_organizer_acts_for_others_at_his_own_events_alone(
    customer: Caller, rival: Caller, show: Show
) -> None:
    body = {"eventId": show.event_id, "seatIds": [10], "userId": customer.user_id}
    refused(rival.post("/v1/seats/reserve", body), 403, "forbidden")
    cash = body | {"paymentMethod": {"type": "boxOffice"}}
    refused(rival.post("/v1/orders", cash, key=new_key()), 403, "forbidden")


def test_a_customer_does_not_pay_at_the_box_office(stranger: Caller, show: Show) -> None:
    body = {
        "eventId": show.event_id,
        "seatIds": [11],
        "paymentMethod": {"type": "boxOffice"},
    }
    refused(stranger.post("/v1/orders", body, key=new_key()), 403, "forbidden")
    seat = gave(stranger.get("/v1/seats/11", eventId=show.event_id))
    assert seat["status"] == "AVAILABLE"


def test_the_price_of_a_seat_is_the_organizers(customer: Caller, booking: Booking) -> None:
    order = gave(customer.get(f"/v1/orders/{booking.order_id}"))
    assert order["subtotalCents"] == PRICE_CENTS
    assert order["totalCents"] == PRICE_CENTS * 105 // 100


@pytest.mark.parametrize("amount", [0, -1, 10**13, 1.5, "100", True])
def test_money_is_a_positive_whole_number(
    customer: Caller, organizer: Caller, booking: Booking, amount: object
) -> None:
    refund = {"paymentId": booking.payment_id, "amountCents": amount}
    unknown(organizer.post("/v1/refund", refund, key=new_key()), "amountCents")
    charge = {"merchantOrderId": booking.order_id, "amountCents": amount}
    unknown(customer.post("/v1/charge", charge, key=new_key()), "amountCents")


def test_no_more_is_refunded_than_was_paid(organizer: Caller, booking: Booking) -> None:
    body = {"paymentId": booking.payment_id, "amountCents": PRICE_CENTS * 2}
    refused(organizer.post("/v1/refund", body, key=new_key()), 409, "more-than-captured")


def test_what_is_paid_is_not_paid_again(customer: Caller, booking: Booking) -> None:
    charge = {"merchantOrderId": booking.order_id, "amountCents": PRICE_CENTS * 105 // 100}
    answer = customer.post("/v1/charge", charge, key=new_key())
    refused(answer, 409, "payment-not-payable")


@pytest.mark.parametrize(
    "code", ["x", "' OR 1=1--", "A" * 168, "../x", "{}", "eyJhbGciOiJub25lIn0.e30."]
)
def test_a_forged_ticket_is_not_admitted(organizer: Caller, show: Show, code: str) -> None:
    body = {"code": code, "eventId": show.event_id}
    refused(organizer.post("/v1/tickets/verify", body), 422, "ticket-not-genuine")


def test_an_altered_ticket_is_not_admitted(
    customer: Caller, organizer: Caller, booking: Booking, show: Show
) -> None:
    code = gave(customer.get(f"/v1/tickets/{booking.ticket_id}"))["code"]
    middle = len(code) // 2
    for altered in (code[:-1], code[:middle] + code[middle + 1 :], code.swapcase() + "A"):
        body = {"code": altered, "eventId": show.event_id}
        refused(organizer.post("/v1/tickets/verify", body), 422, "ticket-not-genuine")


@pytest.mark.parametrize("provider", ["simulator", "stripe"])
def test_a_webhook_that_its_provider_did_not_sign_has_no_effect(
    anybody: Caller, provider: str
) -> None:
    path = f"/v1/payments/webhook/{provider}"
    for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}, {"X-Signature": "t=1,v1=00"}):
        answer = anybody.ask("POST", path, {"type": "payment.succeeded"}, headers=dict(headers))
        assert answer.status_code in (400, 404), answer.text
        assert answer.json()["code"] in ("bad-signature", "not-found")


def test_a_webhook_of_an_unknown_provider_is_a_404(anybody: Caller) -> None:
    refused(anybody.post("/v1/payments/webhook/nobody", {}), 404, "not-found")


def test_a_session_answers_with_no_more_than_it_should(accounts: Accounts) -> None:
    someone = accounts.register()
    profile = gave(someone.get("/v1/users/me"))
    assert set(profile) == {
        *("id", "username", "email", "firstName", "lastName", "phoneNumber", "address", "city"),
        *("state", "zipCode", "country", "role", "status", "createdAt", "updatedAt", "lastLoginAt"),
    }
