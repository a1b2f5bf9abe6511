"""Many buyers, few seats: every seat is sold once, and a loser holds nothing."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from e2e.client import Client, hall, ok, problem, register

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
        generator = random.Random(round_number)
        orders = [
            generator.sample(range(1, SEATS + 1), generator.randint(1, 3)) for _ in range(400)
        ]
        sold: list[int] = []

        def buy(
            index: int, event_id: int = event_id, orders: list[list[int]] = orders
        ) -> list[int]:
            buyer, mine = buyers[index], []
            for seats in orders[index::CLIENTS]:
                answer = buyer.post(
                    "/v1/orders",
                    {
                        "eventId": event_id,
                        "seatIds": seats,
                        "paymentMethod": {"type": "card", "token": "tok_ok"},
                    },
                    key=str(uuid4()),
                    Prefer="wait=20",
                )
                if answer.status_code == 201:
                    assert answer.json()["status"] == "CONFIRMED", answer.text
                    mine += seats
                else:
                    assert answer.status_code == 409, answer.text
            return mine

        with ThreadPoolExecutor(CLIENTS) as pool:
            for mine in pool.map(buy, range(CLIENTS)):
                sold += mine
        assert len(sold) == len(set(sold)), "a seat was sold twice"
        statuses = organizer.seats(event_id)
        assert {seat for seat, status in statuses.items() if status == "ALLOCATED"} == set(sold)
        assert set(statuses.values()) <= {"ALLOCATED", "AVAILABLE"}
        availability = ok(organizer.get("/v1/seats/availability", eventId=event_id))
        assert availability["allocatedSeats"] <= SEATS
    print(f"\nretried 503s: {sum(buyer.retried for buyer in buyers)}")
