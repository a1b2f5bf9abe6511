"""A task answers or refuses by name; another domain gets the refusal with all its fields."""

import io
import json
from typing import Any

import pytest

from functions.shared.problems import Conflict, Problem, ValidationFailed
from functions.shared.tasks import TaskFailed, TaskInput, Tasks, call


class SeatsUnavailableHere(Conflict):
    pass


class Asker(TaskInput):
    user_id: int


class Take(TaskInput):
    seat_ids: list[int]
    asker: Asker | None = None


tasks = Tasks()


@tasks.task
def take(task: Take) -> dict[str, Any]:
    if 13 in task.seat_ids:
        raise SeatsUnavailableHere("Some are taken.", unavailableSeats=[13])
    if 0 in task.seat_ids:
        raise KeyError("a bug")
    return {"taken": task.seat_ids}


class FunctionsHere:
    """Lambda's Invoke, run in this process, with the real handler behind it."""

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "here"
        try:
            answer, failed = tasks.handler(json.loads(Payload), None), {}
        except Exception as error:  # noqa: BLE001 - as Lambda does
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
            failed = {"FunctionError": "Unhandled"}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}


def ask(task: str, **payload: Any) -> dict[str, Any]:
    return call(FunctionsHere(), "here", task, payload)  # type: ignore[arg-type]


def test_a_saga_sees_the_refusal_as_an_error_of_its_name() -> None:
    assert tasks.handler({"task": "take", "seatIds": [1]}, None) == {"taken": [1]}
    with pytest.raises(SeatsUnavailableHere):
        tasks.handler({"task": "take", "seatIds": [13]}, None)


def test_another_domain_gets_the_refusal_with_its_fields() -> None:
    assert ask("take", seatIds=[1]) == {"taken": [1]}
    with pytest.raises(SeatsUnavailableHere) as refused:
        ask("take", seatIds=[13])
    assert refused.value.extensions == {"unavailableSeats": [13]}
    assert refused.value.detail == "Some are taken."


def test_a_crash_in_the_other_domain_is_not_taken_for_an_answer() -> None:
    with pytest.raises(TaskFailed):
        ask("take", seatIds=[0])


@pytest.mark.parametrize(
    "payload",
    [
        {"task": "steal"},
        {},
        {"task": "take"},
        {"task": "take", "seatIds": ["one"]},
        {"task": "take", "seatIds": [1], "asker": {}},
    ],
)
def test_an_input_that_does_not_fit_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        tasks.handler(payload, None)


@pytest.mark.parametrize(
    "added", [{"more": 1}, {"asker": {"userId": 1, "more": 1}}], ids=["at the top", "within"]
)
def test_what_only_a_newer_release_knows_is_ignored(
    added: dict[str, Any], fields_unread: list[str]
) -> None:
    """While a release goes out, who asks may be of it already and who answers not yet."""
    assert ask("take", seatIds=[1], **added) == {"taken": [1]}
    fields_unread.clear()


def test_a_field_that_nobody_reads_is_found_out_where_it_is_sent(fields_unread: list[str]) -> None:
    ask("take", seatIds=[1], seatId=2)
    assert fields_unread == ["take reads no seatId"]
    fields_unread.clear()


def test_a_refusal_unknown_here_keeps_its_code_and_status() -> None:
    document = {"code": "never-heard-of", "status": 409, "title": "T", "detail": "D", "x": 1}
    problem = Problem.from_document(document)
    assert problem.document()["code"] == "never-heard-of"
    assert (int(problem.status), problem.extensions) == (409, {"x": 1})
