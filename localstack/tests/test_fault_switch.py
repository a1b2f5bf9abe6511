"""Faults and the clock reach workers by a test's switch, and by nothing else."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from e2e.client import PASSWORD, Client, connections, created, hall, ok, problem, register, sign_in
from e2e.conftest import ADMINISTRATOR
from embedded import fault_switch, lambda_worker
from embedded.lambda_worker import TEST_SWITCH
from embedded.settings import Settings
from embedded.stack import RunningStack
from fault_rules import FaultRules
from own_stacks import own_stack

HANDLER = """
import os, sys, time
from datetime import UTC, datetime

MADE = time.time()

def handler(event, context):
    return {
        "made": MADE,
        "time": time.time(),
        "now": datetime.now(UTC).isoformat(),
        "monotonic": time.monotonic(),
        "modules": sorted(sys.modules),
        "path": sys.path,
        "seconds left": context.get_remaining_time_in_millis() / 1000,
    }
"""
HOUR = timedelta(hours=1)


class Worker:
    """One worker, as the emulator runs it: a process that one speaks to in lines."""

    def __init__(self, folder: Path, **environment: str) -> None:
        code = folder / "code"
        code.mkdir(parents=True)
        (code / "index.py").write_text(HANDLER)
        with zipfile.ZipFile(folder / "code.zip", "w") as archive:
            archive.writestr("index.py", str(folder))
        self.process = subprocess.Popen(
            [sys.executable, lambda_worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "TMPDIR": str(folder)} | environment,
        )
        self._say(
            code_dir=str(code),
            module="index",
            handler="handler",
            function_name="f",
            memory=1,
            arn="",
        )
        assert self._hear()["status"] == "ready"

    def invoke(self) -> Any:
        self._say(event={}, ctx={})
        return self._hear()["result"]

    def _say(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def _hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait(timeout=10)


def test_a_worker_that_no_test_asked_for_knows_nothing_of_the_switch(tmp_path: Path) -> None:
    plain = Worker(tmp_path / "plain")
    seen = plain.invoke()
    plain.end()
    assert "tempfile" in seen["modules"]
    assert not {"fault_switch", "time_machine", "botocore"} & set(seen["modules"])
    assert abs(seen["time"] - time.time()) < 60


def test_a_moved_clock_moves_what_the_handler_sees_and_not_how_long_it_has(tmp_path: Path) -> None:
    rules = FaultRules(tmp_path / "switch")
    fault_switch.lay(rules.folder)
    rules.move_clock(HOUR)
    worker = Worker(tmp_path, **{TEST_SWITCH: str(rules.folder)})
    seen = worker.invoke()
    # Before the handler was imported, too.
    assert seen["made"] - time.time() == pytest.approx(3600, abs=60)
    assert seen["time"] - time.time() == pytest.approx(3600, abs=60)
    assert datetime.fromisoformat(seen["now"]).timestamp() == pytest.approx(seen["time"], abs=1)
    assert seen["monotonic"] <= time.monotonic()
    assert 0 < seen["seconds left"] <= 3

    rules.move_clock(-2 * HOUR)
    later = worker.invoke()
    worker.end()
    assert later["time"] - time.time() == pytest.approx(-3600, abs=60)
    assert later["made"] == seen["made"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> FaultRules:
    return FaultRules(tmp_path_factory.mktemp("switch"))


@pytest.fixture(scope="module")
def switched(rules: FaultRules, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack whose workers obey the rules."""
    settings = Settings(
        port=0,
        state=tmp_path_factory.mktemp("switched"),
        with_demo=False,
        test_switch=rules.folder,
    )
    with own_stack(settings) as started:
        yield started


@pytest.fixture(scope="module")
def url(switched: RunningStack) -> str:
    return switched.url


@pytest.fixture
def event_id(url: str, rules: FaultRules) -> int:
    rules.write()
    return hall(sign_in(url, *ADMINISTRATOR))


@pytest.fixture
def buyer(url: str, rules: FaultRules) -> Client:
    rules.write()
    return register(url)


def body_of(event_id: int, seat: int) -> dict[str, Any]:
    return {"eventId": event_id, "seatIds": [seat]}


def test_a_conflicting_or_throttled_table_is_asked_again(
    rules: FaultRules, event_id: int, buyer: Client
) -> None:
    at = "before-send.dynamodb.TransactWriteItems"
    rules.write({"at": at, "do": "conflict", "times": 2}, {"at": at, "do": "throttle", "times": 1})
    buyer.reserve(event_id, [1])
    assert rules.hits() == 3


def test_a_lost_answer_is_repaired_by_the_clients_retry(
    rules: FaultRules, event_id: int, buyer: Client
) -> None:
    lost = {"at": "after-call.dynamodb.TransactWriteItems", "do": "lose", "times": 1}
    rules.write(lost | {"function": "*-orders-*"})
    order = created(buyer.post("/v1/orders", body_of(event_id, 1), key=str(uuid4())))
    assert rules.hits() == 1
    assert [one["orderId"] for one in ok(buyer.get("/v1/orders"))["items"]] == [order["orderId"]]


@pytest.mark.parametrize("moment", ["before-commit", "after-commit", "before-provider.charge"])
def test_a_worker_that_dies_in_a_charge_charges_once(
    rules: FaultRules, event_id: int, buyer: Client, moment: str
) -> None:
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    known_to_payments(buyer, order)
    rules.write({"at": moment, "do": "die", "times": 1, "function": "*-payments-api"})
    body = {"merchantOrderId": order["orderId"], "amountCents": order["totalCents"]}
    key = str(uuid4())
    # Asked once: a good client would ask again.
    answer = connections().post(
        f"{buyer.url}/v1/charge", json=body, headers=buyer.headers | {"Idempotency-Key": key}
    )
    problem(answer, 503, "service-unavailable")
    assert rules.hits() == 1
    # The request that died holds its key for half a minute.
    rules.move_clock(timedelta(minutes=1))
    assert created(buyer.post("/v1/charge", body, key=key))["status"] == "SUCCESS"
    buyer.order_once(order["orderId"], "CONFIRMED")


def known_to_payments(buyer: Client, order: dict[str, Any]) -> None:
    """Return when the saga waits for a payment."""
    deadline = time.monotonic() + 30
    while not ok(buyer.get(f"/v1/orders/{order['orderId']}"))["payment"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_silent_provider_leaves_the_outcome_open(
    rules: FaultRules, event_id: int, buyer: Client
) -> None:
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    known_to_payments(buyer, order)
    rules.write({"at": "before-provider.charge", "do": "lose", "times": 1})
    assert buyer.charge(order).status_code == 202
    assert rules.hits() == 1


def test_every_function_of_the_stack_has_the_moved_clock(
    rules: FaultRules, event_id: int, buyer: Client, url: str
) -> None:
    rival = register(url)
    username = ok(rival.get("/v1/users/me"))["username"]
    held = buyer.reserve(event_id, [1])["reservationId"]
    refused = rival.post("/v1/seats/reserve", body_of(event_id, 1))
    assert problem(refused, 409, "seats-unavailable")["unavailableSeats"] == [1]

    rules.move_clock(HOUR)
    # The token of before is an hour old; that of now is signed and checked by one clock.
    assert rival.get("/v1/users/me").status_code == 401
    assert sign_in(url, username, PASSWORD).reserve(event_id, [1])["reservationId"] != held
