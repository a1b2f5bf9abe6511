"""How long events of different sizes take over HTTP, one caller at a time."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from embedded.bench.caller import Caller, UnexpectedAnswer, connect
from embedded.bench.latencies import Latencies
from embedded.bench.scale.costs import PARTY
from embedded.bench.scale.stadium import blocks, seat_map

# Reads are answered from memory for a second: a round that begins later sees none of the last one.
PAUSE_SECONDS: Final = 1.1
_PATIENCE_SECONDS: Final = 30
_JSON: Final = {"Content-Type": "application/json"}


class EventSpeed:
    """What was seen of the events of one size."""

    def __init__(self, seats: int) -> None:
        self.seats = seats
        self.block = blocks(seats)[0]
        self.body = json.dumps(seat_map(seats), separators=(",", ":")).encode()
        self.event_id = 0
        self.put = Latencies()
        self.on_sale = Latencies()
        self.first_reserve = Latencies()
        self.reserve = Latencies()
        self.best = Latencies()
        self.summary = Latencies()
        self.one_section = Latencies()

    @property
    def section(self) -> str:
        name: str = self.block.section["name"]
        return name


def measure_speed(
    url: str, sizes: Sequence[int], puts: int, rounds: int, pause_seconds: float = PAUSE_SECONDS
) -> list[EventSpeed]:
    """Each round visits every size: what disturbs, disturbs them alike."""
    speeds = [EventSpeed(seats) for seats in sizes]
    with connect(url) as http:
        visitor = _Visitor(Caller.administrator(http), Caller.customer(http), max(sizes))
        # The first of each starts functions; nobody asked how long that takes.
        for speed in (EventSpeed(min(sizes)), *speeds * puts):
            visitor.put_on_sale(speed)
        for number in range(rounds):
            time.sleep(pause_seconds)
            for place in range(len(speeds)):
                visitor.visit(speeds[(number + place) % len(speeds)], number)
    return speeds


class _Visitor:
    """An organizer with a venue, and a customer."""

    def __init__(self, organizer: Caller, customer: Caller, capacity: int) -> None:
        self._organizer = organizer
        self._customer = customer
        venue = {"name": "Bench Stadium", "city": "Ahmedabad", "capacity": capacity}
        self._venue_id = organizer.post("/v1/venues", venue)["venueId"]

    def put_on_sale(self, speed: EventSpeed) -> None:
        """A new event, from its seat map to its first reservation."""
        event = {
            "venueId": self._venue_id,
            "title": f"{speed.seats:,} seats",
            "eventType": "CONCERT",
            "eventDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "basePriceCents": 100_000,
            "status": "SCHEDULED",
        }
        speed.event_id = self._organizer.post("/v1/events", event)["eventId"]
        path = f"/v1/events/{speed.event_id}"
        with speed.put.timed():
            self._organizer.send("PUT", f"{path}/seats", content=speed.body, headers=_JSON)
        with speed.on_sale.timed():
            self._organizer.send("PATCH", path, json={"status": "ON_SALE"})
            self._await_first_reservation(speed)

    def _await_first_reservation(self, speed: EventSpeed) -> None:
        """Seating hears of a sale at once as a rule, and by an event at the latest."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self._reserve(speed, speed.first_reserve, seatIds=_party(speed, Random(0)))  # noqa: S311  # nosec B311
            except UnexpectedAnswer as answer:
                if answer.code != "event-not-on-sale" or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def visit(self, speed: EventSpeed, number: int) -> None:
        """Summary or section, never both: what one reads, the other would find in memory."""
        rng = Random(number)  # noqa: S311  # nosec B311
        if number % 2:
            self._read(speed, speed.one_section, section=speed.section)
        else:
            self._read(speed, speed.summary)
        self._reserve(speed, speed.reserve, seatIds=_party(speed, rng))
        self._reserve(speed, speed.best, quantity=PARTY, section=speed.section)

    def _read(self, speed: EventSpeed, latencies: Latencies, **query: Any) -> None:
        with latencies.timed():
            self._customer.get("/v1/seats/availability", eventId=speed.event_id, **query)

    def _reserve(self, speed: EventSpeed, latencies: Latencies, **wish: Any) -> None:
        """And give the seats back, which nobody times."""
        with latencies.timed():
            made = self._customer.post("/v1/seats/reserve", {"eventId": speed.event_id, **wish})
        self._customer.post("/v1/seats/release", {"reservationId": made["reservationId"]})


def _party(speed: EventSpeed, rng: Random) -> list[int]:
    """Neighbours, or nearly: somewhere in the first block."""
    start = rng.randrange(len(speed.block.seat_ids) - PARTY)
    return list(speed.block.seat_ids[start : start + PARTY])
