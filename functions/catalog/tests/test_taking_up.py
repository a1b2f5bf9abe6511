"""A cancellation that broke off is taken up again, one run after the other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.catalog.cancellation_machine import CancellationMachine, first_page
from functions.catalog.tests.executions import Executions, passed
from functions.catalog.tests.test_tasks import sample
from functions.shared.problems import ServiceUnavailable
from functions.shared.tests.deployed import Client

Create = Callable[..., dict[str, Any]]
Task = Callable[..., dict[str, Any]]


def test_what_runs_is_left_alone(
    cancelled: dict[str, Any], task: Task, executions: Executions, age: Callable[..., None]
) -> None:
    age(timedelta(hours=1))
    assert task("resume_cancellations") == {"running": 1}
    assert executions.running().keys() == {"event-1-1"}


def test_a_run_that_broke_off_is_followed_by_the_next(
    cancelled: dict[str, Any], task: Task, executions: Executions, age: Callable[..., None]
) -> None:
    task("record_pass", eventId=1, **{"pass": passed()})
    executions.break_off()
    age(timedelta(minutes=1))
    assert task("resume_cancellations") == {"started": 1}
    (given,) = executions.running().values()
    assert (given["run"], given["at"]["pass"]) == (2, first_page(2))
    assert task("resume_cancellations") == {"running": 1}


def test_of_two_who_take_it_up_at_once_one_does(
    cancelled: dict[str, Any],
    task: Task,
    executions: Executions,
    age: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executions.break_off()
    age(timedelta(minutes=1))
    asked, others = CancellationMachine.status, list[dict[str, Any]]()

    def another_is_quicker(self: CancellationMachine, one: Any) -> str | None:
        status = asked(self, one)
        if not others:
            others.append({})
            others.append(task("resume_cancellations"))
        return status

    monkeypatch.setattr(CancellationMachine, "status", another_is_quicker)
    assert task("resume_cancellations") == {"running": 1}
    assert others[1] == {"started": 1}
    assert executions.running().keys() == {"event-1-2"}


def test_a_reason_may_be_left_out_with_its_body(
    executions: Executions, client: Client, create: Create, organizer: str
) -> None:
    create()
    answer = client("POST", "/v1/events/1/cancel", token=organizer)
    assert (answer.status, answer.body["reason"]) == (202, None)


def test_a_run_that_breaks_off_at_once_does_not_go_round_in_circles(
    cancelled: dict[str, Any], task: Task, executions: Executions
) -> None:
    executions.break_off()
    detail = sample("resume_execution")["detail"]
    assert task("resume_execution", detail=detail)["outcome"] == "waits"
    assert executions.running() == {}


def test_a_run_that_was_never_begun_is_begun_by_the_sweep_or_by_asking_again(
    executions: Executions,
    client: Client,
    create: Create,
    organizer: str,
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever cancelled it died after the commit, or Step Functions was away."""

    def away(*_: object) -> None:
        raise ServiceUnavailable.retry_after(1, "as the test wrote")

    for event_id in (1, 2):
        create()
        with monkeypatch.context() as patch:
            patch.setattr(CancellationMachine, "start", away)
            answer = client("POST", f"/v1/events/{event_id}/cancel", {}, token=organizer)
            assert answer.status == 202
    assert executions.running() == {}
    client("POST", "/v1/events/2/cancel", {}, token=organizer)
    assert executions.running().keys() == {"event-2-1"}
    assert task("resume_cancellations") == {"started": 1, "running": 1}
    assert executions.running().keys() == {"event-1-1", "event-2-1"}


def test_one_that_cannot_be_resumed_does_not_hold_up_the_others(
    cancelled: dict[str, Any],
    client: Client,
    create: Create,
    organizer: str,
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create()
    client("POST", "/v1/events/2/cancel", {}, token=organizer)
    asked = CancellationMachine.status

    def fails(self: CancellationMachine, one: Any) -> str | None:
        if one.event_id == 1:
            raise ServiceUnavailable.retry_after(1, "as the test wrote")
        return asked(self, one)

    monkeypatch.setattr(CancellationMachine, "status", fails)
    assert task("resume_cancellations") == {"failed": 1, "running": 1}


def test_a_long_run_goes_on_in_another_where_it_was(
    cancelled: dict[str, Any], task: Task, executions: Executions
) -> None:
    here = passed(cursor="2026#o-1", pages=12)
    # Delivered twice, as any task may be.
    for _ in range(2):
        answer = task("continue_cancellation", eventId=1, run=1, **{"pass": here})
        assert answer == {"eventId": 1, "run": 2}
    assert executions.running()["event-1-2"]["at"]["pass"] == here | {"pages": 0}
    assert executions.running().keys() == {"event-1-1", "event-1-2"}


def test_a_run_that_was_taken_over_continues_nowhere(
    cancelled: dict[str, Any], task: Task, executions: Executions
) -> None:
    for run in (1, 2):
        task("continue_cancellation", eventId=1, run=run, **{"pass": passed()})
    assert task("continue_cancellation", eventId=1, run=1, **{"pass": passed()})["run"] == 3
    assert executions.running().keys() == {"event-1-1", "event-1-2", "event-1-3"}
