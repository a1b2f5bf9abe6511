"""Many buyers, few seats: every seat is sold once, and a loser holds nothing."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from e2e.client import Client, hall, problem, register

ROUNDS, CLIENTS, SEATS = 5, 16, 50


def test_two_buyers_of_overlapping_seats_get_one_yes_and_one_no(
    organizer: Client, url: str
) -> None:
    event_id = hall(organizer)
    buyers, wanted = [register(url), register(url)], [[1, 2, 3], [3, 4, 5]]
    start = Barrier(2)

    def reserve(index: int) -> tuple[int, object]:
        start.wait()
        answer = buyers[index].post(
            "/v1/seats/reserve", {"eventId": event_id, "seatIds": wanted[index]}
        )
        return answer.status_code, answer

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(reserve, range(2)))
    assert sorted(status for status, _ in answers) == [201, 409]
    loser = next(index for index, (status, _) in enumerate(answers) if status == 409)
    refusal = problem(answers[loser][1], 409, "seats-unavailable")  # type: ignore[arg-type]
    assert refusal["unavailableSeats"] == [3]
    statuses = buyers[0].seats(event_id)
    assert [seat for seat, status in statuses.items() if status == "RESERVED"] == wanted[1 - loser]
    # The loser holds none of them, so that a new attempt is not refused for an old one.
    free = [seat for seat in wanted[loser] if seat != 3]
    assert buyers[loser].reserve(event_id, free)["reservationId"]


def test_a_rush_sells_every_seat_once(organizer: Client, url: str) -> None:
    buyers = [register(url) for _ in range(CLIENTS)]
    for round_number in range(ROUNDS):
        event_id = hall(organizer, rows=5, seats=SEATS // 5)
        with ThreadPoolExecutor(CLIENTS) as pool:
            rush = [
                pool.submit(_buy, buyer, event_id, random.Random(f"{round_number} {place}"))
                for place, buyer in enumerate(buyers)
            ]
        sold = sorted(seat for bought in rush for seat in bought.result())
        assert sold == list(range(1, SEATS + 1))
        statuses = organizer.seats(event_id)
        assert set(statuses.values()) == {"ALLOCATED"}
    print(f"\n503s retried: {sum(buyer.retried for buyer in buyers)}")


def _buy(buyer: Client, event_id: int, generator: random.Random) -> list[int]:
    """Order up to three seats at a time for as long as any may be free; return those sold."""
    maybe_free, orders = set(range(1, SEATS + 1)), {}
    while maybe_free:
        wish = generator.sample(sorted(maybe_free), min(generator.randint(1, 3), len(maybe_free)))
        body = {
            "eventId": event_id,
            "seatIds": wish,
            "paymentMethod": {"type": "card", "token": "tok_ok"},
        }
        answer = buyer.post("/v1/orders", body, key=str(uuid4()))
        if answer.status_code == 201:
            orders[answer.json()["orderId"]] = wish
            maybe_free -= set(wish)
            continue
        refusal = problem(answer, 409, answer.json()["code"])
        match refusal["code"]:
            case "seats-unavailable":
                assert set(refusal["unavailableSeats"]) <= set(wish)
                maybe_free -= set(refusal["unavailableSeats"])
            case "active-reservation-exists":
                time.sleep(1)  # one at a time: the last order is not yet paid for
            case "ticket-limit-reached":
                break
            case code:
                pytest.fail(f"Refused as {code}.")
    for order_id in orders:
        buyer.order_once(order_id, "CONFIRMED", seconds=60)
    return [seat for wish in orders.values() for seat in wish]
