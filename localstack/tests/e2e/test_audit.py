"""`make audit` on the running stack: what it says, and how it ends."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from embedded.config import REPOSITORY, free_port
from embedded.stack import RunningStack
from sqlalchemy import text

from e2e.client import Client, hall, register


def audit(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "functions.audit", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=REPOSITORY,
        env=os.environ | {"BOXOFFICE_STATE_DIR": str(state)} | environment,
    )


@pytest.fixture
def sold(organizer: Client, url: str) -> dict[str, Any]:
    """An order with tickets."""
    buyer = register(url)
    reservation = buyer.reserve(hall(organizer), [1, 2])
    order = buyer.order(
        reservation["reservationId"], paymentMethod={"type": "card", "token": "tok_ok"}
    )
    return buyer.order_once(order["orderId"], "CONFIRMED")


@contextmanager
def taken_by_the_provider_for_nothing(stack: RunningStack) -> Iterator[None]:
    engine = stack.databases["payments"].engine()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO simulator_charges (key, outcome, amount_cents, refunded_cents)"
                " VALUES ('nobody', 'CAPTURED', 100, 0)"
            )
        )
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM simulator_charges WHERE key = 'nobody'"))
        engine.dispose()


def test_a_sound_stack_is_found_clean(stack: RunningStack, sold: dict[str, Any]) -> None:
    done = audit(stack.state)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("No violations. Read ")
    assert "0 orders" not in done.stdout


def test_a_violation_is_a_line_and_an_exit_code(stack: RunningStack, sold: dict[str, Any]) -> None:
    with taken_by_the_provider_for_nothing(stack):
        done = audit(stack.state)
        as_json = audit(stack.state, "--json", "--event", str(sold["eventId"]))
    line = "I4 the provider took money for no attempt of ours [attempt=nobody]"
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, line)
    assert done.stdout.splitlines()[1].startswith("1 violation. Read ")
    assert as_json.returncode == 1
    document = json.loads(as_json.stdout)
    assert [found["ids"] for found in document["violations"]] == [{"attempt": "nobody"}]
    assert document["read"]["orders"] >= 1


def test_a_stack_that_is_busy_selling_is_found_clean(
    stack: RunningStack, organizer: Client, url: str
) -> None:
    event_id, buyers, ended = hall(organizer), [register(url) for _ in range(2)], threading.Event()

    def sell(buyer: Client, seat_id: int) -> None:
        while not ended.is_set():
            reservation = buyer.reserve(event_id, [seat_id])
            order = buyer.order(
                reservation["reservationId"], paymentMethod={"type": "card", "token": "tok_ok"}
            )
            buyer.order_once(order["orderId"], "CONFIRMED")
            buyer.post(f"/v1/orders/{order['orderId']}/cancel")
            buyer.order_once(order["orderId"], "REFUNDED")

    sales = [
        threading.Thread(target=sell, args=(buyer, number + 1))
        for number, buyer in enumerate(buyers)
    ]
    for sale in sales:
        sale.start()
    try:
        audits = [audit(stack.state) for _ in range(2)]
    finally:
        ended.set()
        for sale in sales:
            sale.join()
    assert [done.returncode for done in audits] == [0, 0], [done.stdout for done in audits]


def test_stores_that_cannot_be_read_are_another_exit_code(
    stack: RunningStack, tmp_path: Path
) -> None:
    said = json.loads((stack.state / "stack.json").read_text())
    said["audit"]["database_url"] = f"postgresql+pg8000://auditor:no@127.0.0.1:{free_port()}/none"
    (tmp_path / "stack.json").write_text(json.dumps(said))
    away = audit(tmp_path)
    assert (away.returncode, len(away.stderr.splitlines())) == (2, 1)
