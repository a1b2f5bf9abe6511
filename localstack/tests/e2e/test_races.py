"""Many buyers, few seats: every seat is sold once, and everybody can tell who had which.

BOXOFFICE_RACES says in how many rounds, each of its own seed (`make races`: 20); then as many
requests are in flight as the promise says. Without it the same is done once, by a smaller crowd at
a time: each of its requests starts a function's worker, and that is what takes long.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final
from uuid import uuid4

import pytest
from embedded.stack import RunningStack
from linearizability.checker import Undecided, Verdict
from linearizability.history import History

from e2e.books import Paid, audited, live_tickets, orders_of, paid_for, payments_engine
from e2e.client import Client, eventually, hall, ok, problem, register, sign_in
from e2e.conftest import ADMINISTRATOR
from e2e.crowd import Crowd
from e2e.customers import customers
from e2e.provisioned import provision
from e2e.rush import Rush
from e2e.traffic import Exchange, Traffic

LONG_ROUNDS = int(os.environ.get("BOXOFFICE_RACES", "0"))
SEEDS = range(1, max(LONG_ROUNDS, 1) + 1)
IN_FLIGHT = 32 if LONG_ROUNDS else 8
REPEATED_AT_ONCE = 50 if LONG_ROUNDS else 8
BUYERS, SEATS = 500, 50
CLIENTS, STEPS, CONTESTED = 32, 20 if LONG_ROUNDS else 10, 8
REPEATS = 50
# So many points of a search take a minute or two; one that needs more may need for ever.
MOST_PLACES: Final = 300_000


@pytest.fixture(scope="module")
def _provisioned(stack: RunningStack) -> None:
    provision(stack, IN_FLIGHT)


@pytest.fixture
def organizer(url: str) -> Client:
    """Signed in anew for each round: twenty of them last longer than an access token."""
    return sign_in(url, *ADMINISTRATOR)


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


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_provisioned")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_rush_sells_every_seat_once(stack: RunningStack, organizer: Client, seed: int) -> None:
    event_id = hall(organizer, rows=5, seats=SEATS // 5)
    rush = Rush(event_id, SEATS, Traffic(IN_FLIGHT), seed)
    start = time.monotonic()
    rush.run(customers(stack, BUYERS))
    seconds = time.monotonic() - start
    print(f"\nrush, seed {seed}: {seconds:.1f} s, {rush.traffic}")
    assert rush.ledger.faults() == [], f"seed {seed}"
    assert rush.sold == list(range(1, SEATS + 1)), f"seed {seed}"
    _assert_that_all_agree(stack, organizer, event_id)


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_provisioned")
@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_crowd_sees_of_each_seat_can_have_happened_one_at_a_time(
    stack: RunningStack, organizer: Client, seed: int
) -> None:
    event_id = hall(organizer, rows=1, seats=CONTESTED)
    history = History(range(1, CONTESTED + 1))
    crowd = Crowd(event_id, history, Traffic(IN_FLIGHT), seed)
    start = time.monotonic()
    crowd.run(customers(stack, CLIENTS), STEPS)
    seconds = time.monotonic() - start
    print(f"\ncrowd, seed {seed}: {seconds:.1f} s, {len(history.done)} done, {crowd.traffic}")
    # Every seat of a reservation or none: all seats together, too.
    verdicts: list[Verdict[Any]] = [*history.by_seat().values()]
    try:
        verdicts.append(history.as_one(MOST_PLACES))
    except Undecided as undecided:
        # Each seat's own history is decided all the same; with few in flight all together are, too.
        if not LONG_ROUNDS:
            raise
        print(f"crowd, seed {seed}: all seats together undecided {undecided}")
    impossible = [str(verdict) for verdict in verdicts if not verdict.is_linearizable]
    if impossible:
        pytest.fail("\n".join([f"seed {seed}", *impossible]), pytrace=False)
    assert audited(stack, event_id, at_rest=False) == []


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_provisioned")
@pytest.mark.parametrize("is_reserved", [True, False], ids=["reservation", "seats"])
def test_fifty_orders_with_one_key_are_one_order_and_one_charge(
    stack: RunningStack, organizer: Client, *, is_reserved: bool
) -> None:
    event_id = hall(organizer)
    (buyer,) = customers(stack, 1)
    wish = {"eventId": event_id, "seatIds": [1, 2]}
    if is_reserved:
        wish = {"reservationId": buyer.reserve(event_id, [1, 2])["reservationId"]}
    wish["paymentMethod"] = {"type": "card", "token": "tok_ok"}
    key, traffic = str(uuid4()), Traffic(REPEATED_AT_ONCE)
    answers = _at_once(lambda: traffic.send(buyer, "POST", "/v1/orders", wish, key=key))
    print(f"\none key, {REPEATS} orders: {traffic}")
    assert {answer.status for answer in answers} == {201}
    assert len({answer.answer.content for answer in answers}) == 1
    order = answers[0].body
    buyer.order_once(order["orderId"], "CONFIRMED", seconds=60)
    assert [each["orderId"] for each in orders_of(organizer, event_id)] == [order["orderId"]]
    assert _payments(stack, event_id) == {order["orderId"]: _paid_once(order["totalCents"])}
    assert Counter(buyer.seats(event_id).values())["ALLOCATED"] == 2


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_provisioned")
def test_fifty_charges_with_one_key_take_the_money_once(
    stack: RunningStack, organizer: Client
) -> None:
    event_id = hall(organizer)
    (buyer,) = customers(stack, 1)
    order = buyer.order(buyer.reserve(event_id, [1, 2])["reservationId"])
    charge = {
        "merchantOrderId": order["orderId"],
        "amountCents": order["totalCents"],
        "paymentMethod": {"type": "card", "token": "tok_ok"},
    }
    key, traffic = str(uuid4()), Traffic(REPEATED_AT_ONCE)
    answers = _at_once(lambda: traffic.send(buyer, "POST", "/v1/charge", charge, key=key))
    print(f"\none key, {REPEATS} charges: {traffic}")
    assert {answer.status for answer in answers} == {201}
    assert len({answer.answer.content for answer in answers}) == 1
    assert _payments(stack, event_id) == {order["orderId"]: _paid_once(order["totalCents"])}
    buyer.order_once(order["orderId"], "CONFIRMED", seconds=60)


def _at_once(send: Callable[[], Exchange]) -> list[Exchange]:
    start = Barrier(REPEATS)

    def repeat(_: int) -> Exchange:
        start.wait()
        return send()

    with ThreadPoolExecutor(REPEATS) as pool:
        return list(pool.map(repeat, range(REPEATS)))


def _paid_once(cents: int) -> Paid:
    return Paid("SUCCESS", cents, refunded_cents=0, attempts=1, charges=1, taken_cents=cents)


def _payments(stack: RunningStack, event_id: int) -> dict[str, Paid]:
    engine = payments_engine(stack)
    try:
        return paid_for(engine, event_id)
    finally:
        engine.dispose()


def _assert_that_all_agree(stack: RunningStack, organizer: Client, event_id: int) -> None:
    """Seats, orders, tickets, payments and the provider: everything sold once and paid once."""
    everything = list(range(1, SEATS + 1))
    availability = eventually(
        lambda: ok(organizer.get("/v1/seats/availability", eventId=event_id)),
        lambda seen: bool(seen["allocatedSeats"] == SEATS),
    )
    assert availability["availableSeats"] == availability["reservedSeats"] == 0
    assert set(organizer.seats(event_id).values()) == {"ALLOCATED"}
    orders = orders_of(organizer, event_id)
    assert {order["status"] for order in orders} <= {"CONFIRMED", "CANCELLED"}
    confirmed = [order for order in orders if order["status"] == "CONFIRMED"]
    assert sorted(item["seatId"] for each in confirmed for item in each["items"]) == everything
    tickets = [seat for order in confirmed for seat in live_tickets(organizer, order["orderId"])]
    assert sorted(tickets) == everything
    payments = _payments(stack, event_id)
    for order in orders:
        paid = payments.pop(order["orderId"])
        cents = order["totalCents"] if order in confirmed else 0
        assert paid.verdict == ("SUCCESS" if order in confirmed else "VOIDED"), order
        assert paid.captured_cents == paid.taken_cents == cents, order
        assert (paid.charges, paid.refunded_cents) == (int(cents > 0), 0), order
    assert payments == {}
    assert audited(stack, event_id, at_rest=True) == []
