"""Each thing that a customer was told is held against what is stored, and can be found broken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from functions.audit.facts import (
    Attempt,
    Books,
    Charge,
    Claim,
    Facts,
    Line,
    Order,
    Provider,
    Sales,
    Seating,
    Ticket,
)
from functions.shared.tests.deployed import Answer
from statemachines.tests.soak.promises import Moment, Promises
from statemachines.tests.soak.provider import accounts_differ, charged_twice
from statemachines.tests.soak.requests import cancelling, releasing, reserving
from statemachines.tests.world.world import World

NOON = datetime(2096, 11, 22, 12, 0, tzinfo=UTC)
END = NOON + timedelta(minutes=15)
EMPTY = Moment(Facts(), NOON)

RESERVE = reserving(1, "key", 7, [3])
RESERVED = Answer(
    201,
    {"reservationId": "r", "reservedSeats": [{"seatId": 3}], "expiresAt": "2096-11-22T12:15:00Z"},
    {},
)
TAKEN = Answer(409, {"unavailableSeats": [3]}, {})


def held(now: datetime = NOON, reservation_id: str = "r") -> Moment:
    claim = Claim(7, "Stalls", 3, "HELD", reservation_id, None, END, is_swept=True)
    return Moment(Facts(seating=Seating({}, [claim], {}, {})), now)


def sold(status: str = "CONFIRMED", ticket: str = "VALID", *, kept_cents: int = 1_050) -> Moment:
    order = Order(
        "o", 7, 1, "r", status, (Line(3, "Stalls", 1_000),), 1_000, 1_050, END, NOON, None, False
    )
    tickets = [Ticket("o", 7, 3, 1_000, ticket, None)]
    provider = Provider({"a": Charge("a", "CAPTURED", 1_050, 1_050 - kept_cents)}, {})
    books = Books({}, {}, {}, 0, provider)
    return Moment(Facts(sales=Sales({"o": order}, tickets, {"r": "o"}), books=books), NOON)


def told(*answers: tuple[Any, Answer | None]) -> Promises:
    promises = Promises()
    for request, answer in answers:
        promises.hear(request, answer)
    return promises


def answering(answer: Answer) -> World:
    class Answering:
        def ask(self, *_: object, **__: object) -> Answer:
            return answer

    return cast("World", Answering())


def test_a_reservation_keeps_its_seats_until_its_end() -> None:
    promises = told((RESERVE, RESERVED))
    assert not list(promises.broken(EMPTY, held()))
    assert list(promises.broken(held(), held(reservation_id="other")))
    assert list(promises.broken(held(), EMPTY._replace(now=END - timedelta(seconds=1))))
    assert not list(promises.broken(held(), EMPTY._replace(now=END)))


def test_a_reservation_that_may_have_been_released_promises_nothing() -> None:
    release = releasing(1, "other-key", "r")
    assert not list(told((RESERVE, RESERVED), (release, None)).broken(held(), EMPTY))
    refused = Answer(409, {"code": "reservation-in-payment"}, {})
    assert list(told((RESERVE, RESERVED), (release, refused)).broken(held(), EMPTY))


def test_seats_that_are_called_taken_were_taken() -> None:
    assert list(told((RESERVE, TAKEN)).broken(EMPTY, EMPTY))
    assert list(told((RESERVE, TAKEN)).broken(held(END), EMPTY._replace(now=END)))
    assert not list(told((RESERVE, TAKEN)).broken(held(), EMPTY))
    assert not list(told((RESERVE, TAKEN)).broken(EMPTY, held()))


@pytest.mark.parametrize("later", [sold("REFUNDED"), sold(ticket="VOID")])
def test_a_confirmed_order_keeps_its_tickets_unless_it_was_given_up(later: Moment) -> None:
    promises = told()
    assert not list(promises.broken(EMPTY, sold()))
    assert list(promises.broken(sold(), later))
    promises.hear(cancelling(1, "key", "o"), Answer(409, {"code": "payment-captured"}, {}))
    assert list(promises.broken(sold(), later))
    promises.hear(cancelling(1, "key", "o"), Answer(202, {}, {}))
    assert not list(promises.broken(sold(), later))


def test_the_same_key_brings_the_same_answer() -> None:
    request = replace(RESERVE)
    request.send(answering(RESERVED))
    request.send(answering(RESERVED))
    # Nobody was told anything.
    request.send(answering(Answer(503, {}, {})))
    with pytest.raises(AssertionError, match="key"):
        request.send(answering(TAKEN))


def test_nobody_is_charged_twice_but_by_a_provider_that_changes_its_mind() -> None:
    attempts = {key: Attempt(key, "p", "simulator", "CAPTURED") for key in "ab"}
    charges = {key: Charge(key, "CAPTURED", 1_050, 0) for key in "ab"}
    facts = Facts(books=Books({}, attempts, {}, 0, Provider(charges, {})))
    assert list(charged_twice(facts, set()))
    assert not list(charged_twice(facts, {"a"}))


def test_the_provider_keeps_what_was_sold() -> None:
    assert not list(accounts_differ(sold().facts))
    assert list(accounts_differ(sold(kept_cents=0).facts))
    assert list(accounts_differ(sold("CANCELLED").facts))
