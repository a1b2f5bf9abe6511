"""Buyers who come when they come, not when the last one was served: an open loop.

What a buyer waits for counts from their arrival, so that a stack which falls behind cannot slow
down those who measure it (https://www.scylladb.com/2021/04/22/on-coordinated-omission/). At most so
many are served at once, as by an API with that concurrency; the others stand in line.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import uuid4

import aiohttp

from embedded.bench.latencies import Latencies

AT_ONCE: Final = 16
PARTY: Final = 5
_CARD: Final = {"type": "card", "token": "tok_ok"}  # nosec B105
# For an answer, however long it took to be served.
_TIMEOUT_SECONDS: Final = 60


@dataclass
class Outcome:
    """What became of a crowd. `answers` counts every answer by its status and code."""

    buyers: int
    rate: float
    won: Latencies = field(default_factory=Latencies)
    refused: Latencies = field(default_factory=Latencies)
    answers: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    held: list[list[int]] = field(default_factory=list)
    last_hold_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def seats_held(self) -> list[int]:
        return [seat for seats in self.held for seat in seats]


def rush(url: str, event_id: int, tokens: Sequence[str], rate: float, seed: int) -> Outcome:
    """So many buyers, so many a second on average, each with a mind of its own."""
    return asyncio.run(_rush(url, event_id, tokens, rate, Random(seed)))  # noqa: S311  # nosec B311


async def _rush(
    url: str, event_id: int, tokens: Sequence[str], rate: float, chance: Random
) -> Outcome:
    outcome = Outcome(len(tokens), rate)
    limits = aiohttp.TCPConnector(limit=AT_ONCE)
    patience = aiohttp.ClientTimeout(total=None, sock_read=_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(url, connector=limits, timeout=patience) as http:
        began = due = time.perf_counter()
        buyers = []
        for token in tokens:
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            buyers.append(asyncio.create_task(_buy(http, event_id, token, due, began, outcome)))
        await asyncio.gather(*buyers)
        outcome.seconds = time.perf_counter() - began
    return outcome


async def _buy(
    http: aiohttp.ClientSession,
    event_id: int,
    token: str,
    arrived: float,
    began: float,
    outcome: Outcome,
) -> None:
    """Ask for the best seats there are; whoever gets some pays for them at once."""
    wish = {"eventId": event_id, "quantity": PARTY}
    status, answer = await _post(http, "/v1/seats/reserve", token, wish, outcome)
    while status == 409 and answer.get("unavailableSeats"):
        # Others were faster; were there none left to pick, it would name none.
        status, answer = await _post(http, "/v1/seats/reserve", token, wish, outcome)
    waited = time.perf_counter() - arrived
    if status != 201:
        outcome.refused.seconds.append(waited)
        return
    outcome.won.seconds.append(waited)
    outcome.last_hold_seconds = time.perf_counter() - began
    outcome.held.append([seat["seatId"] for seat in answer["reservedSeats"]])
    order = {"reservationId": answer["reservationId"], "paymentMethod": _CARD}
    status, answer = await _post(http, "/v1/orders", token, order, outcome)
    if status == 201:
        outcome.orders.append(answer["orderId"])


async def _post(
    http: aiohttp.ClientSession, path: str, token: str, body: Any, outcome: Outcome
) -> tuple[int, Any]:
    """Tried again as the answer asks for it, as a good client does."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    while True:
        async with http.post(path, json=body, headers=headers) as answer:
            status, said = answer.status, json.loads(await answer.read() or b"{}")
        code = said.get("code", "") if status >= 400 else ""
        outcome.answers[f"{path} {status} {code}".strip()] += 1
        if status != 503:
            return status, said
        await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
