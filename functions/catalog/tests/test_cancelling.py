"""An event is cancelled once, by who may, and whatever breaks off is taken up again."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from functions.catalog.cancellation_machine import first_page
from functions.catalog.domain import pause_after
from functions.catalog.tests.conftest import CAUSED, ORGANIZER, Bus, Seating
from functions.catalog.tests.executions import Executions, passed
from functions.catalog.tests.test_tasks import sample
from functions.shared.problems import NotFound
from functions.shared.tests.deployed import Client
from functions.shared.tests.gateway import FakeContext

Create = Callable[..., dict[str, Any]]
Task = Callable[..., dict[str, Any]]


def read(client: Client, token: str) -> dict[str, Any]:
    body: dict[str, Any] = client("GET", "/v1/events/1/cancellation", token=token).body
    return body


def test_cancelling_closes_sales_tells_everybody_and_begins_at_once(
    cancelled: dict[str, Any], client: Client, seating: Seating, bus: Bus, executions: Executions
) -> None:
    told = {"eventId": 1, "status": "CANCELLED", "organizerId": ORGANIZER, "version": 2}
    told |= {"refundPolicy": None, **CAUSED}
    assert seating.told() == [{"task": "set_event_state", "answerProblems": True} | told]
    assert [heard["detail"] for heard in bus.heard()] == [told]
    assert client("GET", "/v1/events/1").body["status"] == "CANCELLED"
    given = {"eventId": 1, "organizerId": ORGANIZER, "version": 2, "run": 1}
    assert executions.running() == {"event-1-1": given | {"at": {"pass": first_page(1)}, **CAUSED}}
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


def test_progress_is_what_the_last_pass_passed(
    cancelled: dict[str, Any], client: Client, organizer: str, task: Task
) -> None:
    assert (cancelled["passes"], cancelled["orders"]["total"]) == (0, 0)
    answer = task("record_pass", eventId=1, **{"pass": passed()})
    following = first_page(2) | {"pages": 4}
    assert answer == {"open": 2, "waitSeconds": 5, "pass": following}
    shown = read(client, organizer)
    assert shown["passes"] == 1
    assert shown["orders"] == {"total": 6, "refunded": 3, "voided": 1, "open": 2}


def test_an_older_pass_told_late_takes_nothing_back(
    cancelled: dict[str, Any], client: Client, organizer: str, task: Task
) -> None:
    later = passed(number=2, refunded=6, open=0)
    for each in (passed(), later, later, passed()):
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
    task("record_pass", eventId=1, **{"pass": passed(number=9)})
    executions.break_off()
    assert task("resume_cancellations") == {}
    assert task("resume_execution", detail=sample("resume_execution")["detail"]) == {
        "eventId": 1,
        "outcome": "finished",
    }
    assert read(client, organizer) == first
    assert executions.running() == {}


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
