"""What the system that ours replaces got wrong, one test each; the names say what it did.

The one that takes longest, an event's cancellation that refunds nobody, is in
`test_event_cancellation.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from embedded.stack import RunningStack

from e2e.client import Client, created, eventually, hall, ok, problem, register, sign_in
from e2e.test_again import CARD, invoke


class Sale:
    """A sold pair of seats, 1 and 2, and whoever has to do with it."""

    def __init__(self, organizer: Client, url: str) -> None:
        self.event_id = hall(organizer)
        self.buyer = register(url)
        self.organizer = organizer
        placed = self.buyer.order(self.reserve([1, 2]), paymentMethod=CARD)
        self.order = self.buyer.order_once(placed["orderId"], "CONFIRMED")

    def reserve(self, seat_ids: list[int]) -> str:
        return str(self.buyer.reserve(self.event_id, seat_ids)["reservationId"])

    def seats(self) -> list[str]:
        """How the two look to everybody."""
        statuses = self.organizer.seats(self.event_id)
        return [statuses[1], statuses[2]]

    def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ok(
            self.buyer.get(f"/v1/orders/{self.order['orderId']}/tickets")
        )["items"]
        return found

    def admit(self, ticket: dict[str, Any]) -> int:
        code = {"code": ticket["code"], "eventId": self.event_id}
        return self.organizer.post("/v1/tickets/verify", code).status_code


@pytest.fixture(scope="module")
def sale(organizer: Client, url: str) -> Sale:
    return Sale(organizer, url)


def test_release_by_anybody_un_sells_sold_seats(sale: Sale, url: str) -> None:
    sold = {"reservationId": sale.order["reservationId"]}
    problem(register(url).post("/v1/seats/release", sold), 404, "not-found")
    assert sale.buyer.post("/v1/seats/release", sold).status_code == 409
    assert sale.organizer.post("/v1/seats/release", sold).status_code == 409
    assert sale.seats() == ["ALLOCATED", "ALLOCATED"]


def test_charge_fails_after_marking_success_when_its_callback_times_out(
    organizer: Client, url: str, stack: RunningStack
) -> None:
    """The booking has stopped listening when the money comes."""
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    machine = stack.client("stepfunctions")
    [booking] = [
        execution
        for known in machine.list_state_machines()["stateMachines"]
        if known["name"] == stack.names.state_machine("booking")
        for execution in machine.list_executions(stateMachineArn=known["stateMachineArn"])[
            "executions"
        ]
        if execution["name"] == order["orderId"]
    ]
    # Once it is declined, it is known to be waiting for a payment.
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    machine.stop_execution(executionArn=booking["executionArn"])
    assert created(buyer.charge(order))["status"] == "SUCCESS"
    invoke(stack, "orders", "reconciler", {"task": "reconcile_order", "orderId": order["orderId"]})
    confirmed = buyer.order_once(order["orderId"], "CONFIRMED")
    assert confirmed["payment"]["status"] == "SUCCESS"


def test_allocate_ignores_whose_hold_it_is(organizer: Client, url: str) -> None:
    event_id, buyer, other = hall(organizer), register(url), register(url)
    held = {"reservationId": buyer.reserve(event_id, [1])["reservationId"]}
    problem(buyer.post("/v1/seats/allocate", held), 403, "forbidden")
    problem(other.post("/v1/orders", held, key=str(uuid4())), 404, "not-found")
    ok(organizer.send("PATCH", f"/v1/users/{other.user_id}/role", json={"role": "EVENT_ORGANIZER"}))
    stranger = sign_in(url, ok(other.get("/v1/users/me"))["username"], "correct horse battery")
    problem(stranger.post("/v1/seats/allocate", held), 404, "not-found")
    assert organizer.seats(event_id)[1] == "RESERVED"


def test_two_callbacks_issue_tickets_twice(sale: Sale, stack: RunningStack) -> None:
    before = sale.tickets()
    for _ in range(2):
        confirm = {"task": "confirm_order", "orderId": sale.order["orderId"]}
        invoke(stack, "orders", "tasks", confirm)
    assert sale.tickets() == before
    assert len(before) == 2


def test_a_failed_order_leaves_its_seats_stuck(organizer: Client, url: str) -> None:
    event_id, buyer, next_buyer = hall(organizer), register(url), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    buyer.post(f"/v1/orders/{order['orderId']}/cancel")
    buyer.order_once(order["orderId"], "CANCELLED")
    assert next_buyer.reserve(event_id, [1])["reservationId"]


def test_prices_over_1000_read_as_cents(organizer: Client, url: str) -> None:
    event_id = hall(organizer, status="SCHEDULED")
    rows = [{"row": "A", "seats": 1}]
    sections = [{"name": "Boxes", "priceCents": 250_001, "rows": rows}]
    ok(organizer.send("PUT", f"/v1/events/{event_id}/seats", json={"sections": sections}))
    ok(organizer.send("PATCH", f"/v1/events/{event_id}", json={"status": "ON_SALE"}))
    buyer = register(url)
    held = buyer.reserve(event_id, [1])
    order = buyer.order(held["reservationId"])
    # 262501.05, to the even cent.
    assert (held["totalCents"], order["totalCents"]) == (250_001, 262_501)
    assert created(buyer.charge(order))["amountCents"] == 262_501


def test_a_failed_payment_still_answers_pending(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    [payment] = ok(buyer.get("/v1/payments", orderId=order["orderId"]))["items"]
    assert payment["status"] == "FAILED"


def test_the_same_key_concurrently_is_a_500(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    # Once it is declined, it is known to be waiting for a payment, on however slow a machine.
    eventually(lambda: buyer.charge(order, "tok_declined").status_code, lambda said: said == 402)
    body = {"merchantOrderId": order["orderId"], "amountCents": order["totalCents"]}
    key = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: buyer.post("/v1/charge", body, key=key), range(8)))
    in_flight = [answer for answer in answers if answer.status_code == 409]
    done = [answer for answer in answers if answer.status_code == 201]
    assert len(done) + len(in_flight) == 8
    assert {answer.json()["code"] for answer in in_flight} <= {"request-in-progress"}
    assert len({answer.content for answer in done}) == 1


@pytest.mark.parametrize("status", ["SCHEDULED", "SOLD_OUT", "CANCELLED"])
def test_event_status_never_checked(organizer: Client, url: str, status: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    if status == "CANCELLED":
        assert organizer.post(f"/v1/events/{event_id}/cancel", {"reason": "x"}).status_code == 202
    elif status == "SCHEDULED":
        event_id = hall(organizer, status="SCHEDULED")
    else:
        ok(organizer.send("PATCH", f"/v1/events/{event_id}", json={"status": status}))
    wish = {"eventId": event_id, "seatIds": [1]}
    assert buyer.post("/v1/seats/reserve", wish).status_code == 409
    assert buyer.post("/v1/orders", wish, key=str(uuid4())).status_code == 409


def test_a_refund_leaves_order_and_tickets_alive(organizer: Client, url: str) -> None:
    sale = Sale(organizer, url)
    tickets = sale.tickets()
    created(sale.buyer.post("/v1/refund", {"paymentId": sale.order["payment"]["paymentId"]}))
    sale.buyer.order_once(sale.order["orderId"], "REFUNDED")
    assert [sale.admit(ticket) for ticket in tickets] == [410, 410]
    assert sale.seats() == ["AVAILABLE", "AVAILABLE"]


def test_unblock_resells_a_sold_seat(sale: Sale, url: str) -> None:
    seats = {"eventId": sale.event_id, "seatIds": [1]}
    assert sale.organizer.post("/v1/seats/unblock", seats).status_code == 409
    problem(register(url).post("/v1/seats/reserve", seats), 409, "seats-unavailable")
    assert sale.seats() == ["ALLOCATED", "ALLOCATED"]
