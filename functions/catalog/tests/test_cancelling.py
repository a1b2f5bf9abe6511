"""An event is cancelled once, by who may, and whatever breaks off is taken up again."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import boto3
import pytest
from sqlalchemy import Engine, update

from functions.catalog.cancellation_machine import CancellationMachine, first_page
from functions.catalog.cancellation_store import cancellations
from functions.catalog.domain import pause_after
from functions.catalog.tests.conftest import ORGANIZER, Bus, Seating
from functions.catalog.tests.test_tasks import sample
from functions.shared.problems import NotFound, ServiceUnavailable
from functions.shared.tests.deployed import Client
from functions.shared.tests.gateway import FakeContext

Create = Callable[..., dict[str, Any]]
Task = Callable[..., dict[str, Any]]


class Executions:
    """A state machine that waits, in the place of the one that cancels events."""

    def __init__(self) -> None:
        self._client = boto3.client("stepfunctions")
        waits = {"Type": "Wait", "Seconds": 3_600, "End": True}
        self.machine_arn = self._client.create_state_machine(
            name=f"cancellation-{uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "Wait", "States": {"Wait": waits}}),
            roleArn="arn:aws:iam::000000000000:role/machine",
        )["stateMachineArn"]

    def running(self) -> dict[str, dict[str, Any]]:
        """The input of each that runs, by its name."""
        found = self._client.list_executions(
            stateMachineArn=self.machine_arn, statusFilter="RUNNING"
        )["executions"]
        described = {
            one["name"]: self._client.describe_execution(executionArn=one["executionArn"])
            for one in found
        }
        return {name: json.loads(one["input"]) for name, one in described.items()}

    def break_off(self) -> None:
        """All that run."""
        arn = self.machine_arn.replace(":stateMachine:", ":execution:")
        for name in self.running():
            self._client.stop_execution(executionArn=f"{arn}:{name}")


@pytest.fixture
def executions(
    catalog_api: ModuleType, catalog_tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Executions:
    """None yet: ids, and so names, begin anew in each test."""
    made = Executions()
    for module in (catalog_api, catalog_tasks):
        monkeypatch.setattr(module.cancellations.machine, "_machine_arn", made.machine_arn)
    return made


@pytest.fixture
def cancelled(
    executions: Executions, client: Client, create: Create, organizer: str
) -> dict[str, Any]:
    """An event of the organizer's that is being cancelled."""
    event_id: int = create(status="ON_SALE")["eventId"]
    path = f"/v1/events/{event_id}/cancel"
    answer = client("POST", path, {"reason": "Rain"}, token=organizer)
    assert answer.status == 202, answer.body
    body: dict[str, Any] = answer.body
    return body


@pytest.fixture
def task(catalog_tasks: ModuleType) -> Task:
    def task(name: str, **payload: Any) -> dict[str, Any]:
        answer: dict[str, Any] = catalog_tasks.handler({"task": name, **payload}, FakeContext())
        return answer

    return task


@pytest.fixture
def age(engine: Engine) -> Callable[[timedelta], None]:
    """Lets the present run have begun so much earlier."""

    def age(by: timedelta) -> None:
        with engine.begin() as connection:
            connection.execute(
                update(cancellations).values(run_started_at=cancellations.c.run_started_at - by)
            )

    return age


def found(**changed: Any) -> dict[str, Any]:
    """A pass that has been through all orders."""
    counts = {"refunded": 3, "voided": 1, "open": 2, "pages": 4}
    return first_page(1) | counts | changed


def read(client: Client, token: str) -> dict[str, Any]:
    body: dict[str, Any] = client("GET", "/v1/events/1/cancellation", token=token).body
    return body


def test_cancelling_closes_sales_tells_everybody_and_begins_at_once(
    cancelled: dict[str, Any], client: Client, seating: Seating, bus: Bus, executions: Executions
) -> None:
    told = {"eventId": 1, "status": "CANCELLED", "organizerId": ORGANIZER, "version": 2}
    told |= {"refundPolicy": None}
    assert seating.told() == [{"task": "set_event_state", "answerProblems": True} | told]
    assert [heard["detail"] for heard in bus.heard()] == [told]
    assert client("GET", "/v1/events/1").body["status"] == "CANCELLED"
    given = {"eventId": 1, "organizerId": ORGANIZER, "version": 2, "run": 1}
    assert executions.running() == {"event-1-1": given | {"at": {"pass": first_page(1)}}}
    assert (cancelled["status"], cancelled["reason"]) == ("CANCELLING", "Rain")


def test_cancelled_twice_is_cancelled_once(
    cancelled: dict[str, Any],
    client: Client,
    organizer: str,
    executions: Executions,
    seating: Seating,
    bus: Bus,
) -> None:
    seating.told(), bus.heard()
    again = client("POST", "/v1/events/1/cancel", {"reason": "Snow"}, token=organizer)
    assert (again.status, again.body) == (202, cancelled)
    assert (seating.told(), bus.heard()) == ([], [])
    assert executions.running().keys() == {"event-1-1"}


def test_a_reason_is_not_asked_for(
    executions: Executions, client: Client, create: Create, organizer: str
) -> None:
    create()
    answer = client("POST", "/v1/events/1/cancel", {}, token=organizer)
    assert (answer.status, answer.body["reason"]) == (202, None)


def test_only_its_organizer_and_an_administrator_cancel_an_event_or_see_how_far_that_is(
    executions: Executions,
    client: Client,
    create: Create,
    other_organizer: str,
    customer: str,
    admin: str,
) -> None:
    create()
    for token, refusal in ((other_organizer, 404), (customer, 403)):
        assert client("POST", "/v1/events/1/cancel", {}, token=token).status == refusal
    assert executions.running() == {}
    assert client("POST", "/v1/events/1/cancel", {}, token=admin).status == 202
    for token, refusal in ((other_organizer, 404), (customer, 403)):
        assert client("GET", "/v1/events/1/cancellation", token=token).status == refusal
    assert read(client, admin)["status"] == "CANCELLING"


def test_an_event_that_nobody_cancels_has_no_cancellation(
    executions: Executions, client: Client, create: Create, organizer: str
) -> None:
    create()
    assert client("GET", "/v1/events/1/cancellation", token=organizer).status == 404
    assert client("GET", "/v1/events/9/cancellation", token=organizer).status == 404
    assert client("POST", "/v1/events/9/cancel", {}, token=organizer).status == 404


def test_a_cancelled_event_changes_no_more(
    cancelled: dict[str, Any], client: Client, organizer: str
) -> None:
    answer = client("PATCH", "/v1/events/1", {"status": "ON_SALE"}, token=organizer)
    assert (answer.status, answer.body["code"]) == (409, "event-cancelled")


def test_an_event_that_was_written_down_as_cancelled_is_cancelled_for_its_buyers_too(
    executions: Executions, client: Client, create: Create, admin: str, bus: Bus
) -> None:
    create(token=admin, status="CANCELLED")
    assert client("POST", "/v1/events/1/cancel", {}, token=admin).status == 202
    assert bus.heard() == []
    (given,) = executions.running().values()
    assert given["version"] == 1


def test_progress_is_what_the_last_pass_found(
    cancelled: dict[str, Any], client: Client, organizer: str, task: Task
) -> None:
    assert (cancelled["passes"], cancelled["orders"]["total"]) == (0, 0)
    answer = task("record_pass", eventId=1, **{"pass": found()})
    following = first_page(2) | {"pages": 4}
    assert answer == {"open": 2, "waitSeconds": 5, "pass": following}
    shown = read(client, organizer)
    assert shown["passes"] == 1
    assert shown["orders"] == {"total": 6, "refunded": 3, "voided": 1, "open": 2}


def test_an_older_pass_told_late_takes_nothing_back(
    cancelled: dict[str, Any], client: Client, organizer: str, task: Task
) -> None:
    later = found(number=2, refunded=6, open=0)
    for each in (found(), later, later, found()):
        task("record_pass", eventId=1, **{"pass": each})
    shown = read(client, organizer)
    assert (shown["passes"], shown["orders"]["refunded"]) == (2, 6)


def test_finished_is_finished_once(
    cancelled: dict[str, Any], client: Client, organizer: str, task: Task, executions: Executions
) -> None:
    task("finish_cancellation", eventId=1)
    first = read(client, organizer)
    assert first["status"] == "CANCELLED"
    assert first["finishedAt"] is not None
    task("finish_cancellation", eventId=1)
    task("record_pass", eventId=1, **{"pass": found(number=9)})
    executions.break_off()
    assert task("resume_cancellations") == {}
    assert task("resume_execution", detail=sample("resume_execution")["detail"]) == {
        "eventId": 1,
        "outcome": "finished",
    }
    assert read(client, organizer) == first
    assert executions.running() == {}


def test_what_runs_is_left_alone(
    cancelled: dict[str, Any], task: Task, executions: Executions, age: Callable[..., None]
) -> None:
    age(timedelta(hours=1))
    assert task("resume_cancellations") == {"running": 1}
    assert executions.running().keys() == {"event-1-1"}


def test_a_run_that_broke_off_is_followed_by_the_next(
    cancelled: dict[str, Any], task: Task, executions: Executions, age: Callable[..., None]
) -> None:
    task("record_pass", eventId=1, **{"pass": found()})
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
    here = found(cursor="2026#o-1", pages=12)
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
        task("continue_cancellation", eventId=1, run=run, **{"pass": found()})
    assert task("continue_cancellation", eventId=1, run=1, **{"pass": found()})["run"] == 3
    assert executions.running().keys() == {"event-1-1", "event-1-2", "event-1-3"}


@pytest.mark.parametrize(
    "name", ["record_pass", "finish_cancellation", "continue_cancellation", "resume_execution"]
)
def test_every_task_takes_its_sample(
    cancelled: dict[str, Any], catalog_tasks: ModuleType, name: str
) -> None:
    assert catalog_tasks.handler(sample(name), FakeContext())


def test_nothing_is_finished_that_was_never_begun(create: Create, task: Task) -> None:
    create()
    with pytest.raises(NotFound):
        task("finish_cancellation", eventId=1)


def test_the_pauses_grow_to_five_minutes() -> None:
    pauses = [pause_after(number).total_seconds() for number in (1, 2, 3, 6, 7, 8, 1_000)]
    assert pauses == [5, 10, 20, 160, 300, 300, 300]
