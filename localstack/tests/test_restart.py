"""A stack's whole life: started, stopped, started again as it was, broken, started empty."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from embedded import administrator, demo
from embedded.settings import Settings
from launched import Launch
from own_stacks import take_over

pytestmark = pytest.mark.timeout(600)


def sign_in(http: httpx.Client, username: str, password: str) -> dict[str, str]:
    given = {"usernameOrEmail": username, "password": password}
    answer = http.post("/v1/users/login", json=given)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def eventually_signs_in(http: httpx.Client) -> None:
    """A database that crashed is away for a moment, which is a 503."""
    given = {"usernameOrEmail": administrator.USERNAME, "password": administrator.PASSWORD}
    deadline = time.monotonic() + 60
    while (answer := http.post("/v1/users/login", json=given)).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer.status_code == 200, answer.text


def items(http: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def reserve(http: httpx.Client, buyer: dict[str, str], event: int) -> dict[str, Any]:
    """Two seats. On a busy machine seating hears only by the event that sales have begun."""
    deadline = time.monotonic() + 90
    wanted = {"eventId": event, "seatIds": [1, 2]}
    while True:
        answer = http.post("/v1/seats/reserve", json=wanted, headers=buyer)
        if answer.status_code == 201 or time.monotonic() > deadline:
            break
        time.sleep(1)
    assert answer.status_code == 201, answer.text
    held: dict[str, Any] = answer.json()
    return held


def test_state_survives_a_restart_and_a_crash_and_a_broken_part_ends_the_stack(
    launch: Launch, state: Path
) -> None:
    take_over(Settings(state=state))
    first = launch()
    with first.serving() as http:
        sign_in(http, administrator.USERNAME, administrator.PASSWORD)
        buyer = sign_in(http, demo.ORGANIZER, demo.ORGANIZER_PASSWORD)
        events = {event["title"]: event for event in items(http, "/v1/events")}
        assert {title: event["status"] for title, event in events.items()} == {
            "An Evening of Raga": "ON_SALE",
            "The Understudy": "SCHEDULED",
        }
        on_sale = events["An Evening of Raga"]["eventId"]
        seats = http.get("/v1/seats/availability", params={"eventId": on_sale}).json()
        assert seats["totalSeats"] == seats["availableSeats"] == 200
        held = reserve(http, buyer, on_sale)
    first.process.send_signal(signal.SIGINT)
    assert first.ends() == 0
    assert first.running() == []

    again = launch()
    with again.serving() as http:
        sign_in(http, administrator.USERNAME, administrator.PASSWORD)
        assert {event["title"] for event in items(http, "/v1/events")} == set(events)
        path = f"/v1/seats/reservations/{held['reservationId']}"
        assert http.get(path, headers=buyer).json()["status"] == "ACTIVE"
        seats = http.get("/v1/seats/availability", params={"eventId": on_sale}).json()
        assert (seats["availableSeats"], seats["reservedSeats"]) == (198, 2)
    assert again.said.count("unchanged") == 2
    assert "as it was" in again.said

    processes = json.loads((state / "stack.json").read_text())["processes"]
    os.kill(processes["postgres"], signal.SIGKILL)
    again.says("postgres ended by itself (exit code -9); see")
    with again.serving() as http:
        eventually_signs_in(http)
    os.kill(processes["edge"], signal.SIGKILL)
    assert again.ends() == 1
    assert f"edge ended by itself (exit code -9); see {state}/logs/edge.log." in again.said
    assert again.running() == []

    empty = launch(BOXOFFICE_FRESH="1", BOXOFFICE_DEMO="0")
    with empty.serving() as http:
        sign_in(http, administrator.USERNAME, administrator.PASSWORD)
        assert items(http, "/v1/events") == []
    empty.process.terminate()
    assert empty.ends() == 0
    assert empty.running() == []
