"""An order's story as people read it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from embedded.trace.executions import Execution, Stay, executions_of
from embedded.trace.following import Story
from embedded.trace.lines import Line
from embedded.trace.telling import tell

ORDER = "0b6a1f0e-3c1d-5d0a-9a53-2f4e0a4a1f52"
BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(second: float) -> datetime:
    return BEGAN + timedelta(seconds=second)


def line(second: float, message: str, function: str = "orders-api", **fields: Any) -> Line:
    said = {
        "level": "INFO",
        "message": message,
        "timestamp": f"{at(second):%Y-%m-%d %H:%M:%S},{at(second).microsecond // 1000:03}+0000",
        "correlation_id": "request-1",
        **fields,
    }
    read = Line.read(f"boxoffice-local-{function}", json.dumps(said))
    assert read is not None
    return read


def told(*lines: Line, reads: tuple[Line, ...] = (), runs: tuple[Execution, ...] = ()) -> list[str]:
    story = Story(ORDER, {"reservationId": ["r-1"]}, list(lines), list(reads))
    return tell(story, runs, "boxoffice-local").splitlines()


def columns(row: str) -> list[str]:
    return re.split(" {2,}", row)


PLACED = line(
    1, "request", method="POST", path="/v1/orders", status=201, orderId=ORDER, milliseconds=1000
)


def test_a_story_is_a_table_of_what_was_done_when_by_whom_how_long_and_with_what_end() -> None:
    secured = line(1.5, "task done", "seating-tasks", task="secure_seats", milliseconds=12.3)
    assert told(PLACED, secured) == [
        f"Order {ORDER}",
        "  reservation r-1",
        "2026-11-22 12:00:00 UTC: 2 lines, 1 request, 0 executions",
        "",
        "  since   took  request   where          what             outcome",
        "0.000 s  1.0 s  request-  orders-api     POST /v1/orders  201",
        "1.488 s  12 ms  request-  seating-tasks  secure_seats     done",
    ]


@pytest.mark.parametrize(
    ("said", "deed", "outcome"),
    [
        (line(1, "task refused", task="a", problem="seats-lost", detail="x"), "a",
         "refused: seats-lost, detail x"),
        (line(1, "task broke off", level="ERROR", task="a", exception_name="KeyError"), "a",
         "ERROR, broke off: KeyError"),
        (line(1, "told", event="OrderPlaced"), "told OrderPlaced", ""),
        (line(1, "reconciled", outcome="given-up", steps=["a", "b"]), "reconciled",
         "given-up, steps a b"),
        (line(1, "reconciled", outcome="nothing", steps=[]), "reconciled", "nothing, steps none"),
        (line(1, "database away", level="ERROR", exception="...", exception_name="OSError"),
         "database away", "ERROR, OSError"),
        (line(1, "task done"), "an unknown task", "done"),
    ],
    ids=["refused", "broke-off", "told", "reconciled", "nothing", "away", "nameless"],
)  # fmt: skip
def test_each_kind_of_line_says_what_was_done_and_how_it_ended(
    said: Line, deed: str, outcome: str
) -> None:
    assert (said.deed, said.outcome) == (deed, outcome)


def test_the_same_again_is_told_once_with_how_often() -> None:
    again = [line(second, "an order waits", "orders-reconciler") for second in (60, 120, 180)]
    rows = told(PLACED, *again)
    assert [row for row in rows if "waits" in row] == [rows[-1]]
    assert "an order waits (3 times)" in rows[-1]


def test_requests_that_only_read_are_counted() -> None:
    read = line(2, "request", method="GET", path=f"/v1/orders/{ORDER}", status=200)
    rows = told(PLACED, reads=(read,))
    assert rows[-1] == "1 line of requests that only read left out: ARGS=--reads tells them."
    assert not any("GET" in row for row in rows)


def test_of_an_order_that_was_only_looked_at_the_looks_are_told() -> None:
    look = line(2, "request", method="GET", path=f"/v1/orders/{ORDER}", status=200)
    rows = told(reads=(look,))
    assert columns(rows[-1])[-2:] == [f"GET /v1/orders/{ORDER}", "200"]


class Machines:
    """Step Functions, with these executions by name; a page of a history is two events."""

    class exceptions:  # noqa: N801
        class ExecutionDoesNotExist(Exception):  # noqa: N818
            pass

    def __init__(self, **executions: list[dict[str, Any]]) -> None:
        self._executions = executions

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        _, machine, name = executionArn.rsplit(":", 2)
        if f"{machine}_{name}" not in self._executions:
            raise self.exceptions.ExecutionDoesNotExist
        is_over = self._executions[f"{machine}_{name}"][-1]["type"].startswith("Execution")
        told: dict[str, Any] = {"startDate": at(1), "status": "RUNNING"}
        ended: dict[str, Any] = {"status": "FAILED", "stopDate": at(9), "error": "Parked"}
        return told | ended if is_over else told

    def get_paginator(self, _name: str) -> "Machines":
        return self

    def paginate(self, executionArn: str, **how: Any) -> list[dict[str, Any]]:  # noqa: N803
        _, machine, name = executionArn.rsplit(":", 2)
        events = self._executions[f"{machine}_{name}"]
        return [{"events": events[place : place + 2]} for place in range(0, len(events), 2)]


def event(second: float, kind: str, **details: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": at(second), **details}


def entered(second: float, name: str) -> dict[str, Any]:
    return event(second, "TaskStateEntered", stateEnteredEventDetails={"name": name})


def exited(second: float, name: str) -> dict[str, Any]:
    return event(second, "TaskStateExited", stateExitedEventDetails={"name": name})


def failed(second: float, error: str) -> dict[str, Any]:
    return event(second, "TaskFailed", taskFailedEventDetails={"error": error})


def found(*refund_ids: str, **executions: list[dict[str, Any]]) -> list[Execution]:
    arns = {name: f"arn:aws:states:x:0:stateMachine:{name}" for name in ("booking", "refund")}
    return executions_of(Machines(**executions), arns, "o", refund_ids)


def test_a_state_lasts_from_its_entry_to_its_exit_and_names_what_failed_in_it() -> None:
    [booking] = found(
        booking_o=[
            event(1, "ExecutionStarted"),
            entered(1, "SecureSeats"),
            failed(2, "ServiceUnavailable"),
            failed(3, "TaskFailed"),
            exited(4, "SecureSeats"),
            entered(4, "CollectPayment"),
        ]
    )
    assert booking.stays == [
        Stay("SecureSeats", at(1), at(4), ("ServiceUnavailable", "TaskFailed")),
        Stay("CollectPayment", at(4), None, ()),
    ]
    assert (booking.status, booking.ended_at) == ("RUNNING", None)
    rows = told(PLACED, runs=(booking,))
    assert columns(rows[-2])[-2:] == ["SecureSeats", "done after ServiceUnavailable, TaskFailed"]
    assert rows[-1].endswith("waits")


def test_a_failure_without_a_name_of_its_own_is_called_by_its_kind() -> None:
    [booking] = found(
        booking_o=[entered(1, "A"), event(2, "TaskTimedOut"), event(9, "ExecutionEnd")]
    )
    assert booking.stays == [Stay("A", at(1), None, ("TaskTimedOut",))]


def test_a_refund_that_broke_off_is_told_with_the_run_that_ended_it() -> None:
    over = [event(9, "ExecutionFailed")]
    runs = found("f", "g", booking_o=over, refund_f=over, **{"refund_f-2": over})
    assert [(run.machine, run.name) for run in runs] == [
        ("booking", "o"),
        ("refund", "f"),
        ("refund", "f-2"),
    ]
    story = Story("o", {"refundId": ["f", "g"]}, [PLACED], [])
    rows = tell(story, runs, "boxoffice-local").splitlines()
    assert [columns(row)[-1] for row in rows if "execution begins" in row] == [
        "execution begins",
        "execution begins",
        "execution begins, run 2",
    ]
    ends = [columns(row)[-2:] for row in rows if "execution ends" in row]
    assert ends == [
        ["execution ends", "FAILED: Parked"],
        ["execution ends (2 times)", "FAILED: Parked"],
    ]
