"""An on-sale rush: many buyers, each of a mind of their own, and few seats.

Everybody asks for some seats unseen first, as all do when a sale opens. Whoever is refused looks at
what is free and tries again, until nothing is left. Some give up what they got, and some pay with a
card that is declined first, so that seats come back.
"""

import time
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock
from typing import Any, Final
from uuid import uuid4

from e2e.client import Client
from e2e.holds import Hold, Ledger, Refusal
from e2e.traffic import Exchange, Traffic

# What buyers pay with, in turn; whoever's last card is not taken gives their seats back.
_CARDS: Final = (
    *[("tok_ok",)] * 7,
    ("tok_declined", "tok_ok"),
    ("tok_declined",),
    (),
)
_LOOK_AGAIN_SECONDS: Final = 16


@dataclass
class Rush:
    """One event's rush; `run` is done when all its buyers are."""

    event_id: int
    seat_count: int
    traffic: Traffic
    seed: int
    ledger: Ledger = field(default_factory=Ledger)
    is_over: Event = field(default_factory=Event)

    def run(self, buyers: list[Client]) -> None:
        """Fails with the first thing that should not be; all others go home then."""
        board = Board(self.event_id, self.traffic, buyers[0])
        with ThreadPoolExecutor(len(buyers)) as pool:
            shopping = [
                pool.submit(_Buyer(self, board, who, Random(f"{self.seed} {place}")).shop)
                for place, who in enumerate(buyers)
            ]
            failures = [failed for done in as_completed(shopping) if (failed := self._ended(done))]
        if failures:
            failures[0].add_note("\n".join([f"seed {self.seed}", *self.ledger.faults()]))
            raise failures[0]

    def _ended(self, shopping: "Future[None]") -> BaseException | None:
        failure = shopping.exception()
        if failure is not None:
            self.is_over.set()
        return failure

    @property
    def sold(self) -> list[int]:
        """Every seat that somebody bought, as often as it was bought."""
        return sorted(
            seat_id for hold in self.ledger.holds if hold.is_sold for seat_id in hold.seat_ids
        )


class Board:
    """What all see of the seats: looked up once a second, as nobody sees anything newer."""

    def __init__(self, event_id: int, traffic: Traffic, viewer: Client) -> None:
        self._path = f"/v1/seats/availability?eventId={event_id}"
        self._traffic, self._viewer = traffic, viewer
        self._lock = Lock()
        self._seen: dict[str, Any] = {}
        self._seen_at = 0.0

    def look(self) -> list[int] | None:
        """The free seats; None once all are sold."""
        with self._lock:
            if time.monotonic() - self._seen_at > 1:
                self._seen = self._traffic.send(self._viewer, "GET", self._path).body
                self._seen_at = time.monotonic()
            if self._seen["allocatedSeats"] == self._seen["totalSeats"]:
                return None
            return [seat["seatId"] for seat in self._seen["availableSeatsList"]]


class _Buyer:
    def __init__(self, rush: Rush, board: Board, who: Client, dice: Random) -> None:
        self._rush, self._board, self._who, self._dice = rush, board, who, dice

    def shop(self) -> None:
        """Until something is bought or given up, or all is sold."""
        free: Collection[int] | None = range(1, self._rush.seat_count + 1)
        while free is not None:
            cards = self._dice.choice(_CARDS)
            if free and self._take(self._some(free), cards):
                return
            if self._rush.is_over.wait(self._dice.uniform(1, _LOOK_AGAIN_SECONDS)):
                return
            free = self._board.look()
        # Sold out: whoever still waits need not look for it.
        self._rush.is_over.set()

    def _some(self, free: Collection[int]) -> tuple[int, ...]:
        quantity = min(self._dice.randint(1, 3), len(free))
        return tuple(sorted(self._dice.sample(list(free), quantity)))

    def _take(self, wish: tuple[int, ...], cards: tuple[str, ...]) -> bool:
        """By either door: reserve, then order; or order at once. False if refused."""
        wanted: dict[str, Any] = {"eventId": self._rush.event_id, "seatIds": list(wish)}
        hold: Hold | None = None
        if self._dice.random() < 0.5:
            reservation = self._post("/v1/seats/reserve", wanted)
            hold = self._held(reservation, wish)
            if hold is None:
                return False
            wanted = {"reservationId": reservation.body["reservationId"]}
            if not cards:
                self._release(hold, wanted)
                return True
        if cards == ("tok_ok",) and self._dice.random() < 0.5:
            wanted["paymentMethod"] = {"type": "card", "token": "tok_ok"}
        order = self._post("/v1/orders", wanted)
        hold = hold or self._held(order, wish)
        if hold is None:
            return False
        assert order.status == 201, order.answer.text
        is_charged = "paymentMethod" in wanted or self._charge(order.body, cards)
        if is_charged:
            self._rush.traffic.await_order(self._who, order.body["orderId"], "CONFIRMED")
        else:
            self._cancel(hold, order)
        return True

    def _held(self, exchange: Exchange, wish: tuple[int, ...]) -> Hold | None:
        """The hold that was granted, or None and the refusal written down."""
        who = self._who.user_id
        if exchange.status == 201:
            hold = Hold(wish, who, exchange.first_asked_at, exchange.answered_at)
            return self._rush.ledger.granted(hold)
        assert (exchange.status, exchange.code) == (409, "seats-unavailable"), exchange.answer.text
        named = tuple(exchange.body["unavailableSeats"])
        self._rush.ledger.refused(
            Refusal(wish, named, who, exchange.asked_at, exchange.answered_at)
        )
        return None

    def _charge(self, order: dict[str, Any], cards: tuple[str, ...]) -> bool:
        """Whether one of the cards was taken."""
        bill = {"merchantOrderId": order["orderId"], "amountCents": order["totalCents"]}
        for token in cards:
            charge = self._post(
                "/v1/charge", bill | {"paymentMethod": {"type": "card", "token": token}}
            )
            assert charge.status == (201 if token == "tok_ok" else 402), charge.answer.text
        return cards[-1:] == ("tok_ok",)

    def _release(self, hold: Hold, wanted: dict[str, Any]) -> None:
        release = self._post("/v1/seats/release", wanted)
        assert release.status == 204, release.answer.text
        hold.given_back(release.first_asked_at, release.answered_at)

    def _cancel(self, hold: Hold, order: Exchange) -> None:
        order_id = order.body["orderId"]
        cancel = self._post(f"/v1/orders/{order_id}/cancel", {})
        assert cancel.status == 202, cancel.answer.text
        # Its booking gives the seats back, and then says CANCELLED.
        ended = self._rush.traffic.await_order(self._who, order_id, "CANCELLED")
        hold.given_back(cancel.first_asked_at, ended.answered_at)

    def _post(self, path: str, body: dict[str, Any]) -> Exchange:
        return self._rush.traffic.send(self._who, "POST", path, body, key=str(uuid4()))
