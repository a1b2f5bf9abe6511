"""Clients who do all that can be done to a handful of seats, and write down what they saw.

Each walks at random: reserves, is refused, releases, orders and pays, gives an order up, has one
refunded, looks. Now and then an answer is lost on purpose: then the client asks again by its key,
or goes on without ever knowing.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple
from uuid import uuid4

from linearizability.history import History
from linearizability.seats import (
    Rule,
    allocated,
    cancelled,
    kept,
    refunded,
    refused,
    released,
    reserved,
    secured,
    seen,
    seen_taken,
    spared,
)

from e2e.client import Client
from e2e.traffic import AnswerLost, Exchange, Traffic
from functions.shared.idempotency import derived_id

# How often an answer is not waited for, and how long it is waited for at most then.
_LOSES: Final = 0.15
_HASTE_SECONDS: Final = 0.03
_PAID: Final = {"paymentMethod": {"type": "card", "token": "tok_ok"}}


@dataclass
class Crowd:
    event_id: int
    history: History
    traffic: Traffic
    seed: int

    def run(self, clients: list[Client], steps: int) -> None:
        """Fails with the first answer that has no place in any history."""
        with ThreadPoolExecutor(len(clients)) as pool:
            walks = [
                pool.submit(_Walk(self, who, Random(f"{self.seed} {place}")).go, steps)
                for place, who in enumerate(clients)
            ]
        failures = [failed for walk in walks if (failed := walk.exception())]
        if failures:
            failures[0].add_note(f"seed {self.seed}")
            raise failures[0]


class _Reservation(NamedTuple):
    owner: str
    seat_ids: tuple[int, ...]


class _Walk:
    """One client: holds one reservation, or has one order paid for, or nothing."""

    def __init__(self, crowd: Crowd, who: Client, dice: Random) -> None:
        self._event_id, self._history = crowd.event_id, crowd.history
        self._traffic, self._who, self._dice = crowd.traffic, who, dice
        self._held: _Reservation | None = None
        self._bought: tuple[_Reservation, str] | None = None
        self._asked: dict[str, _Reservation] = {}
        self._lost: dict[str, float] = {}

    def go(self, steps: int) -> None:
        for _ in range(steps):
            if self._dice.random() < 0.35:
                self._dice.choice((self._look, self._look, self._survey))()
            elif self._bought:
                self._dice.choice((self._release_sold, self._have_refunded))(*self._bought)
            elif self._held:
                self._dice.choice((*[self._release] * 4, self._buy, self._give_up))(self._held)
            else:
                self._dice.choice((*[self._reserve] * 4, self._order))()
        for owner, asked_at in self._lost.items():
            self._wrote("may reserve", self._asked[owner], reserved, asked_at, math.inf)

    def _look(self) -> None:
        """One seat, read strongly."""
        seat_id = self._dice.choice(self._history.seat_ids)
        look = self._send("GET", f"/v1/seats/{seat_id}?eventId={self._event_id}")
        status = look.body["status"]
        self._read(f"sees {status}", [seat_id], seen(status), look)

    def _survey(self) -> None:
        """All seats, from what may be a second old."""
        survey = self._send("GET", f"/v1/seats/availability?eventId={self._event_id}")
        free = [seat["seatId"] for seat in survey.body["availableSeatsList"]]
        taken = [seat_id for seat_id in self._history.seat_ids if seat_id not in free]
        for name, seat_ids, rule in (("free", free, spared()), ("taken", taken, seen_taken())):
            self._history.read_cached(
                f"{self._who.user_id} surveys {name}",
                seat_ids,
                rule,
                survey.asked_at,
                survey.answered_at,
            )

    def _reserve(self) -> None:
        key = str(uuid4())
        wish = self._wish("reserve", key)
        body = {"eventId": self._event_id, "seatIds": list(wish.seat_ids)}
        is_hasty = self._dice.random() < _LOSES
        try:
            answer = self._send("POST", "/v1/seats/reserve", body, key, is_hasty=is_hasty)
        except AnswerLost as lost:
            self._lost[wish.owner] = lost.asked_at
            if self._dice.random() < 0.5:
                return
            answer = self._send("POST", "/v1/seats/reserve", body, key)
        if self._is_refused(answer, wish):
            return
        asked_at = self._lost.pop(wish.owner, answer.first_asked_at)
        self._wrote("reserves", wish, reserved, asked_at, answer.answered_at)
        self._held = wish

    def _order(self) -> None:
        """Reserved and paid for in one request."""
        key = str(uuid4())
        wish = self._wish("reservation", key)
        body = {"eventId": self._event_id, "seatIds": list(wish.seat_ids), **_PAID}
        order = self._send("POST", "/v1/orders", body, key)
        if not self._is_refused(order, wish):
            self._wrote("reserves", wish, reserved, order.first_asked_at, order.answered_at)
            self._await_sale(wish, order)

    def _buy(self, held: _Reservation) -> None:
        body = {"reservationId": held.owner, **_PAID}
        order = self._send("POST", "/v1/orders", body, str(uuid4()))
        assert order.status == 201, order.answer.text
        self._await_sale(held, order)

    def _await_sale(self, held: _Reservation, order: Exchange) -> None:
        order_id = order.body["orderId"]
        seen_at = self._traffic.await_order(self._who, order_id, "CONFIRMED").answered_at
        self._wrote("pays for", held, secured, order.first_asked_at, seen_at)
        self._wrote("buys", held, allocated, order.first_asked_at, seen_at)
        self._held, self._bought = None, (held, order_id)

    def _release(self, held: _Reservation, *, is_hasty: bool | None = None) -> None:
        hasty = self._dice.random() < _LOSES if is_hasty is None else is_hasty
        body = {"reservationId": held.owner}
        self._held = None
        try:
            release = self._send("POST", "/v1/seats/release", body, is_hasty=hasty)
        except AnswerLost as lost:
            self._wrote("may release", held, released, lost.asked_at, math.inf)
            return
        assert release.status == 204, release.answer.text
        self._wrote("releases", held, released, release.first_asked_at, release.answered_at)

    def _release_sold(self, held: _Reservation, _order_id: str) -> None:
        self._try_to_release(held)

    def _try_to_release(self, held: _Reservation) -> bool:
        """Of what is ordered: whether it was released is for the checker to judge."""
        release = self._send("POST", "/v1/seats/release", {"reservationId": held.owner})
        if release.status == 204:
            asked_at, answered_at = release.first_asked_at, release.answered_at
            self._wrote("releases", held, released, asked_at, answered_at)
            return True
        assert release.code in ("reservation-in-payment", "reservation-completed")
        self._read("is kept to", held.seat_ids, kept(held.owner), release)
        return False

    def _give_up(self, held: _Reservation) -> None:
        """Ordered, and given up before it is paid: by a release if that is still let in."""
        body = {"reservationId": held.owner}
        order = self._send("POST", "/v1/orders", body, str(uuid4()))
        assert order.status == 201, order.answer.text
        order_id = order.body["orderId"]
        self._held = None
        if self._dice.random() < 0.5 and self._try_to_release(held):
            return  # Its booking finds no seats to secure, and cancels the order by itself.
        cancel = self._send("POST", f"/v1/orders/{order_id}/cancel", {})
        assert cancel.status == 202, cancel.answer.text
        seen_at = self._traffic.await_order(self._who, order_id, "CANCELLED").answered_at
        self._wrote("may pay for", held, secured, order.first_asked_at, math.inf)
        self._wrote("gives up", held, cancelled, cancel.first_asked_at, seen_at)

    def _have_refunded(self, held: _Reservation, order_id: str) -> None:
        cancel = self._send("POST", f"/v1/orders/{order_id}/cancel", {})
        assert cancel.status == 202, cancel.answer.text
        ended = self._traffic.await_order(self._who, order_id, "REFUNDED")
        asked_at = cancel.first_asked_at
        self._wrote("is refunded", held, refunded, asked_at, ended.answered_at, piecemeal=True)
        self._bought = None

    def _is_refused(self, answer: Exchange, wish: _Reservation) -> bool:
        if answer.status == 201:
            return False
        assert answer.status == 409, answer.answer.text
        if answer.code == "active-reservation-exists":
            # One of which no answer came. That it is there is known now.
            found = self._asked[answer.body["reservationId"]]
            asked_at = self._lost.pop(found.owner, None)
            if asked_at is not None:
                self._wrote("reserved", found, reserved, asked_at, answer.answered_at)
            self._release(found, is_hasty=False)
            return True
        assert answer.code == "seats-unavailable", answer.answer.text
        named = tuple(answer.body["unavailableSeats"])
        unnamed = tuple(seat_id for seat_id in wish.seat_ids if seat_id not in named)
        self._read("is refused", named, refused(wish.owner), answer)
        self._read("is not refused", unnamed, spared(), answer)
        return True

    def _wish(self, kind: str, key: str) -> _Reservation:
        """Seats at random; a reservation's id follows from its owner and key."""
        quantity = self._dice.choice((1, 2, 2, 3))
        seat_ids = tuple(sorted(self._dice.sample(list(self._history.seat_ids), quantity)))
        wish = _Reservation(derived_id(kind, self._who.user_id, key), seat_ids)
        self._asked[wish.owner] = wish
        return wish

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        *,
        is_hasty: bool = False,
    ) -> Exchange:
        patience_seconds = self._dice.uniform(0, _HASTE_SECONDS) if is_hasty else 60
        return self._traffic.send(
            self._who, method, path, body, key=key, patience_seconds=patience_seconds
        )

    def _read(self, name: str, seat_ids: Sequence[int], rule: Rule, answer: Exchange) -> None:
        self._history.read(
            f"{self._who.user_id} {name}", seat_ids, rule, answer.asked_at, answer.answered_at
        )

    def _wrote(
        self,
        name: str,
        what: _Reservation,
        rule: Callable[[str], Rule],
        asked_at: float,
        answered_at: float,
        *,
        piecemeal: bool = False,
    ) -> None:
        self._history.wrote(
            f"{self._who.user_id} {name}",
            what.seat_ids,
            rule(what.owner),
            asked_at,
            answered_at,
            piecemeal=piecemeal,
        )
