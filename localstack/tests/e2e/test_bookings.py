"""A real booking through the running stack: HTTP in, tickets or money out."""

from uuid import uuid4

from e2e.client import Client, created, eventually, hall, ok, problem, register


def test_a_booking_paid_with_the_order_gets_its_tickets(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    reservation = buyer.reserve(event_id, [1, 2])
    assert reservation["totalCents"] == 2000

    order = buyer.order(
        reservation["reservationId"], paymentMethod={"type": "card", "token": "tok_ok"}
    )
    assert order["status"] == "PENDING"
    assert (order["subtotalCents"], order["taxCents"], order["totalCents"]) == (2000, 100, 2100)

    confirmed = buyer.order_once(order["orderId"], "CONFIRMED")
    assert confirmed["payment"]["status"] == "SUCCESS"
    tickets = ok(buyer.get(f"/v1/orders/{order['orderId']}/tickets"))["items"]
    assert sorted(ticket["seatId"] for ticket in tickets) == [1, 2]
    statuses = buyer.seats(event_id)
    assert [statuses[1], statuses[2], statuses[3]] == ["ALLOCATED", "ALLOCATED", "AVAILABLE"]


def test_an_order_placed_first_is_confirmed_by_a_charge(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [5])["reservationId"])
    payment = created(buyer.charge(order))
    assert payment["status"] == "SUCCESS"
    assert payment["amountCents"] == order["totalCents"] == 1050
    assert payment["merchantOrderId"] == order["orderId"]
    buyer.order_once(order["orderId"], "CONFIRMED")
    assert ok(buyer.get(f"/v1/payments/{payment['paymentId']}"))["status"] == "SUCCESS"


def test_a_declined_card_leaves_the_order_payable(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    waiting = ok(buyer.get(f"/v1/orders/{order['orderId']}"))
    assert (waiting["status"], waiting["payment"]["status"]) == ("PENDING", "FAILED")
    created(buyer.charge(order))
    buyer.order_once(order["orderId"], "CONFIRMED")


def test_a_declined_inline_payment_leaves_the_order_payable(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(
        buyer.reserve(event_id, [1])["reservationId"],
        paymentMethod={"type": "card", "token": "tok_declined"},
    )
    eventually(
        lambda: ok(buyer.get(f"/v1/orders/{order['orderId']}"))["payment"],
        lambda payment: payment is not None and payment["status"] == "FAILED",
    )
    created(buyer.charge(order))
    buyer.order_once(order["orderId"], "CONFIRMED")


def test_seats_are_reserved_and_ordered_in_one_call(organizer: Client, url: str) -> None:
    event_id, buyer, rival = hall(organizer), register(url), register(url)
    body = {
        "eventId": event_id,
        "seats": [7, 8],
        "paymentMethod": {"type": "card", "token": "tok_ok"},
    }
    answer = buyer.post("/v1/orders", body, key=str(uuid4()), Prefer="wait=20")
    order = created(answer)
    assert order["status"] == "CONFIRMED"
    assert answer.headers["location"].endswith(f"/v1/orders/{order['orderId']}")
    refused = rival.post("/v1/orders", body, key=str(uuid4()))
    assert problem(refused, 409, "seats-unavailable")["unavailableSeats"] == [7, 8]


def test_the_same_idempotency_key_twice_is_one_order(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    body = {"eventId": event_id, "seatIds": [3]}
    key = str(uuid4())
    first = buyer.post("/v1/orders", body, key=key)
    again = buyer.post("/v1/orders", body, key=key)
    assert created(again) == created(first)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = buyer.post("/v1/orders", {"eventId": event_id, "seatIds": [4]}, key=key)
    problem(other, 422, "idempotency-key-reused")
    assert len(ok(buyer.get("/v1/orders", eventId=event_id))["items"]) == 1


def test_a_refund_frees_the_seats_and_voids_the_tickets(organizer: Client, url: str) -> None:
    event_id, buyer, next_buyer = hall(organizer), register(url), register(url)
    order = buyer.order(
        buyer.reserve(event_id, [1, 2])["reservationId"],
        paymentMethod={"type": "card", "token": "tok_ok"},
    )
    confirmed = buyer.order_once(order["orderId"], "CONFIRMED")
    tickets = ok(buyer.get(f"/v1/orders/{order['orderId']}/tickets"))["items"]
    payment_id = confirmed["payment"]["paymentId"]
    refund = created(buyer.post("/v1/refund", {"paymentId": payment_id}))
    assert refund["refundedCents"] == order["totalCents"]

    refunded = buyer.order_once(order["orderId"], "REFUNDED")
    assert refunded["payment"]["status"] == "REFUNDED"
    assert buyer.seats(event_id)[1] == "AVAILABLE"
    for ticket in tickets:
        entry = organizer.post("/v1/tickets/verify", {"code": ticket["code"], "eventId": event_id})
        assert entry.status_code == 410, entry.text
    # Asked for again it is the same refund, whatever the key.
    again = created(buyer.post("/v1/refund", {"paymentId": payment_id}, key=str(uuid4())))
    assert (again["refundId"], again["refundedCents"]) == (refund["refundId"], 2100)
    assert next_buyer.reserve(event_id, [1, 2])["totalCents"] == 2000


def test_an_order_is_refunded_in_parts_by_its_events_policy(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer, status="SCHEDULED"), register(url)
    # Of an event within a year it is half from the first day on; seating hears of it with the sale.
    policy = {"fullUntilHours": 8_784, "thenPercent": 50}
    changes = {"status": "ON_SALE", "refundPolicy": policy}
    ok(organizer.send("PATCH", f"/v1/events/{event_id}", json=changes))
    card = {"type": "card", "token": "tok_ok"}
    order = buyer.order(buyer.reserve(event_id, [1, 2])["reservationId"], paymentMethod=card)
    assert order["refundPolicy"]["thenPercent"] == 50
    confirmed = buyer.order_once(order["orderId"], "CONFIRMED")
    asked = {"paymentId": confirmed["payment"]["paymentId"]}
    first, second = (ticket["ticketId"] for ticket in confirmed["tickets"])

    by_policy = created(buyer.post("/v1/refund", asked | {"ticketIds": [first]}))
    assert (by_policy["status"], by_policy["amountCents"]) == ("REFUNDED", 525)
    shown = buyer.order_once(order["orderId"], "PARTIALLY_REFUNDED")
    assert (shown["refundedCents"], shown["payment"]["status"]) == (525, "PARTIALLY_REFUNDED")
    seats = buyer.seats(event_id)
    assert (seats[1], seats[2]) == ("AVAILABLE", "ALLOCATED")
    problem(
        buyer.post("/v1/refund", asked | {"ticketIds": [first, second], "force": True}),
        403,
        "forbidden",
    )

    in_full = created(organizer.post("/v1/refund", asked | {"ticketIds": [second]}))
    assert (in_full["amountCents"], in_full["refundedCents"]) == (1050, 1575)
    goodwill = asked | {"amountCents": 25}
    once = created(organizer.post("/v1/refund", goodwill, key="goodwill-1"))
    assert created(organizer.post("/v1/refund", goodwill, key="goodwill-1")) == once
    problem(
        organizer.post("/v1/refund", asked | {"amountCents": 501}, key="more"),
        409,
        "more-than-captured",
    )
    rest = created(organizer.post("/v1/refund", asked))
    assert (rest["amountCents"], rest["refundedCents"]) == (500, 2100)
    assert buyer.order_once(order["orderId"], "REFUNDED")["refundedCents"] == 2100


def test_a_pending_order_that_is_cancelled_frees_its_seats(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    answer = buyer.post(f"/v1/orders/{order['orderId']}/cancel")
    assert answer.status_code == 202, answer.text
    buyer.order_once(order["orderId"], "CANCELLED")
    assert buyer.seats(event_id)[1] == "AVAILABLE"
    payment = ok(buyer.get(f"/v1/orders/{order['orderId']}"))["payment"]
    assert payment["status"] == "VOIDED"


def test_a_ticket_admits_once(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer), register(url)
    order = buyer.order(
        buyer.reserve(event_id, [1])["reservationId"],
        paymentMethod={"type": "card", "token": "tok_ok"},
    )
    buyer.order_once(order["orderId"], "CONFIRMED")
    (ticket,) = ok(buyer.get(f"/v1/orders/{order['orderId']}/tickets"))["items"]
    image = buyer.get(f"/v1/tickets/{ticket['ticketId']}/qr.svg")
    assert image.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in image.text

    body = {"code": ticket["code"], "eventId": event_id}
    problem(buyer.post("/v1/tickets/verify", body), 403, "forbidden")
    ok(organizer.post("/v1/tickets/verify", body))
    assert organizer.post("/v1/tickets/verify", body).status_code == 409
    forged = body | {"code": ticket["code"][:-4] + "AAAA"}
    assert organizer.post("/v1/tickets/verify", forged).status_code == 422


def test_the_box_office_sells_a_reservation_for_cash(organizer: Client, url: str) -> None:
    event_id = hall(organizer)
    reservation = organizer.reserve(event_id, [9, 10])
    order = ok(
        organizer.post("/v1/seats/allocate", {"reservationId": reservation["reservationId"]})
    )
    assert order["status"] == "CONFIRMED"
    assert organizer.seats(event_id)[9] == "ALLOCATED"


def test_best_available_seats_are_neighbours(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer, rows=3, seats=12), register(url)
    reservation = created(buyer.post("/v1/seats/reserve", {"eventId": event_id, "quantity": 4}))
    seats = reservation["reservedSeats"]
    assert len({seat["row"] for seat in seats}) == 1
    numbers = sorted(int(seat["seatNumber"]) for seat in seats)
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_an_event_not_on_sale_sells_nothing(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer, status="SCHEDULED"), register(url)
    refused = buyer.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": [1]})
    problem(refused, 409, "event-not-on-sale")
    ordered = buyer.post("/v1/orders", {"eventId": event_id, "seatIds": [1]}, key=str(uuid4()))
    problem(ordered, 409, "event-not-on-sale")


def test_putting_an_event_on_sale_opens_its_seats(organizer: Client, url: str) -> None:
    event_id, buyer = hall(organizer, status="SCHEDULED"), register(url)
    ok(organizer.send("PATCH", f"/v1/events/{event_id}", json={"status": "ON_SALE"}))
    # At once, but for a seating that is cold or away: then the domain event tells it.
    body = {"eventId": event_id, "seatIds": [1]}
    eventually(
        lambda: buyer.post("/v1/seats/reserve", body),
        lambda answer: answer.status_code == 201,
    )


def test_blocked_seats_cannot_be_reserved_and_sold_ones_cannot_be_unblocked(
    organizer: Client, url: str
) -> None:
    event_id, buyer = hall(organizer), register(url)
    ok(organizer.post("/v1/seats/block", {"eventId": event_id, "seatIds": [1]}))
    refused = buyer.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": [1, 2]})
    assert problem(refused, 409, "seats-unavailable")["unavailableSeats"] == [1]
    order = buyer.order(
        buyer.reserve(event_id, [2])["reservationId"],
        paymentMethod={"type": "card", "token": "tok_ok"},
    )
    buyer.order_once(order["orderId"], "CONFIRMED")
    unblocked = organizer.post("/v1/seats/unblock", {"eventId": event_id, "seatIds": [2]})
    assert unblocked.status_code == 409, unblocked.text
    assert organizer.seats(event_id)[2] == "ALLOCATED"
