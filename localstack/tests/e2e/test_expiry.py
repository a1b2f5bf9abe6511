"""Time runs out: on a stack whose holds last 3 seconds and whose payment window is 6."""

import time
from collections.abc import Callable
from typing import Any

from embedded.stack import RunningStack

from e2e.client import Client, eventually, hall, ok, problem, register

RESERVATION_SECONDS = 3
PAYMENT_SECONDS = 6


def at_rest(counted_metric: Callable[[str], float]) -> float:
    """The count of expired seats once it has stopped growing: earlier tests' are in it by then.

    A hold that was made before is over, and not in it: nobody has taken its seats yet.
    """
    before = counted_metric("expired_reservations_released")
    while True:
        time.sleep(RESERVATION_SECONDS + 1)
        now = counted_metric("expired_reservations_released")
        if now == before:
            return now
        before = now


def test_an_order_never_paid_fails_and_frees_its_seats(
    hasty_organizer: Client, hasty_url: str
) -> None:
    event_id, buyer = hall(hasty_organizer), register(hasty_url)
    order = buyer.order(buyer.reserve(event_id, [1, 2])["reservationId"])
    failed = buyer.order_once(order["orderId"], "FAILED", seconds=60)
    assert failed["payment"]["status"] == "VOIDED"
    assert failed["reason"]
    assert buyer.seats(event_id)[1] == "AVAILABLE"
    late = buyer.charge(order)
    assert late.status_code in {409, 410}, late.text
    assert register(hasty_url).reserve(event_id, [1, 2])["reservationId"]


def test_a_charge_after_the_window_is_refused_as_gone(
    hasty_organizer: Client, hasty_url: str
) -> None:
    event_id, buyer = hall(hasty_organizer), register(hasty_url)
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    time.sleep(PAYMENT_SECONDS - 0.5)  # within the margin in which no charge is begun any more
    problem(buyer.charge(order), 410, "payment-window-over")


def test_an_expired_reservation_frees_its_seats_before_ttl_deletes_them(
    hasty_organizer: Client, hasty_url: str
) -> None:
    event_id, buyer, rival = hall(hasty_organizer), register(hasty_url), register(hasty_url)
    reservation = buyer.reserve(event_id, [1, 2])
    early = rival.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": [1]})
    assert problem(early, 409, "seats-unavailable")["unavailableSeats"] == [1]
    time.sleep(RESERVATION_SECONDS + 1)

    reservation_id = reservation["reservationId"]
    late = buyer.post("/v1/orders", {"reservationId": reservation_id}, key="late-order")
    assert late.status_code == 410, late.text
    assert rival.reserve(event_id, [1, 2])["reservationId"]
    status = ok(buyer.get(f"/v1/seats/reservations/{reservation_id}"))["status"]
    assert status == "EXPIRED"


def test_an_abandoned_hold_is_counted_once(
    hasty_organizer: Client, hasty_url: str, counted_metric: Callable[[str], float]
) -> None:
    event_id, buyer, rival = hall(hasty_organizer), register(hasty_url), register(hasty_url)
    buyer.reserve(event_id, [1, 2])
    before = at_rest(counted_metric)
    rival.reserve(event_id, [1, 2])
    eventually(
        lambda: counted_metric("expired_reservations_released") - before,
        lambda seats: bool(seats >= 2),
        seconds=60,
    )
    time.sleep(3)
    assert counted_metric("expired_reservations_released") - before == 2


def test_a_hold_that_ttl_deletes_is_counted_once(
    hasty_organizer: Client,
    hasty_url: str,
    hasty_stack: RunningStack,
    counted_metric: Callable[[str], float],
) -> None:
    event_id, buyer = hall(hasty_organizer), register(hasty_url)
    reservation_id = buyer.reserve(event_id, [1, 2, 3])["reservationId"]
    before = at_rest(counted_metric)

    # Claims are swept five minutes after their time; here they are made to be due at once.
    dynamodb, table = hasty_stack.client("dynamodb"), hasty_stack.tables["seating"]
    partition = {"S": f"CLAIMS#{event_id}#Stalls"}

    def claims() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = dynamodb.query(
            TableName=table,
            KeyConditionExpression="PK = :claims",
            ExpressionAttributeValues={":claims": partition},
            ConsistentRead=True,
        )["Items"]
        return found

    assert len(claims()) == 3
    for claim in claims():
        dynamodb.update_item(
            TableName=table,
            Key={"PK": claim["PK"], "SK": claim["SK"]},
            UpdateExpression="SET #ttl = :due",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={":due": {"N": str(int(time.time()) - 1)}},
        )
    eventually(claims, lambda left: not left)
    eventually(
        lambda: ok(buyer.get(f"/v1/seats/reservations/{reservation_id}"))["status"],
        lambda status: status == "EXPIRED",
    )
    eventually(
        lambda: counted_metric("expired_reservations_released") - before,
        lambda seats: bool(seats >= 3),
    )
    time.sleep(3)
    assert counted_metric("expired_reservations_released") - before == 3
