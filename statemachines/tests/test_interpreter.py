"""The world's Step Functions go the ways the emulator's go, and where that errs, AWS's ways.

Each script of what the tasks do is run on the shipped definitions by both. What is AWS's and not
the emulator's is by the developer guide ("Handling errors in Step Functions workflows",
"Restarting state machine executions with redrive", "Wait for a Callback with Task Token") and by
the API reference (StartExecution, SendTaskSuccess, RedriveExecution).
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final
from uuid import uuid4

import pytest

from infra.environments import Windows
from statemachines.tests.cancellations import CANCELLATION, PASS
from statemachines.tests.machines import Machines, Moves, Run
from statemachines.tests.scripted_tasks import ANSWERS
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.executions import Execution, State, Status
from statemachines.tests.world.machines import defined
from statemachines.tests.world.scripted import Scripted

PAYMENT: Final = {"paymentId": "pay-1", "status": "SUCCESS"}
ALWAYS: Final[Moves] = [{"raise": "ServiceUnavailable"}]
UNNAMED: Final[Moves] = [{"raise": "KeyError"}]
SILENT: Final[Moves] = [{}]
LOST: Final[Moves] = [{"raise": "SeatsLost"}]
VOIDED: Final = {"answer": {"paymentId": "pay-1", "verdict": "VOIDED"}}
CAPTURED: Final = {"answer": {"paymentId": "pay-1", "verdict": "CAPTURED"}}
UNKNOWN: Final = {"answer": {"paymentId": "pay-1", "verdict": "UNKNOWN"}}

BOOKING: Final[dict[str, dict[str, Moves]]] = {
    "all goes well": {},
    "a fault that passes": {"secure_seats": [*ALWAYS, {}]},
    "a fault that does not pass": {"secure_seats": ALWAYS},
    "seats refused": {"secure_seats": [{"raise": "ReservationExpired"}]},
    "a process that dies": {"allocate_seats": [{"exit": True}, {}]},
    "nobody pays": {"collect_payment": SILENT},
    "nobody pays, and yet it was captured": {
        "collect_payment": SILENT,
        "settle_payment": [CAPTURED],
    },
    "a signal of failure": {"collect_payment": [{"signal_error": "PaymentVoided"}]},
    "a signal of failure that is tried again": {
        "collect_payment": [{"signal_error": "ServiceUnavailable"}, {"signal": PAYMENT}]
    },
    "the announcement fails once": {"collect_payment": [*ALWAYS, {"signal": PAYMENT}]},
    "the announcement fails by a name nobody knows": {"collect_payment": UNNAMED},
    # By a name that would turn the booking back, were it taken for the next step's.
    "it signals and raises": {"collect_payment": [{"signal": PAYMENT, "raise": "SeatsLost"}]},
    "it signals and dies": {"collect_payment": [{"signal": PAYMENT, "exit": True}]},
    "a verdict known late": {
        "secure_seats": LOST,
        "settle_payment": [UNKNOWN, UNKNOWN, VOIDED],
    },
    "a verdict that stays unknown": {"secure_seats": LOST, "settle_payment": [UNKNOWN]},
    "settling fails": {"secure_seats": LOST, "settle_payment": ALWAYS},
    "releasing fails": {"secure_seats": LOST, "release_seats": ALWAYS},
    "cancelling fails": {"secure_seats": LOST, "cancel_order": ALWAYS},
    "seats lost after capture": {"allocate_seats": LOST},
    "money that cannot go back": {"allocate_seats": LOST, "refund_payment": ALWAYS},
    "allocating fails": {"allocate_seats": UNNAMED},
    "confirming fails, and reporting it": {"confirm_order": UNNAMED, "report_parked": ALWAYS},
}
# Those in which the payment's word is waited for in vain, and so for a second only.
TIMED_OUT: Final = {"nobody pays", "nobody pays, and yet it was captured"}
HANGS: Final[dict[str, Moves]] = {"allocate_seats": [{"sleep": 3}, {}]}
IN_PROGRESS: Final = {"raise": "RefundInProgress"}
VOID: Final = {"answer": ANSWERS["void_tickets"]["answer"]}
REFUND: Final[dict[str, dict[str, Moves]]] = {
    "all goes well": {},
    "another refund has the tickets": {"void_tickets": [{"raise": "OrderNotRefundable"}]},
    "somebody was admitted": {"void_tickets": [{"raise": "TicketUsed"}]},
    "another refund ends in time": {"void_tickets": [IN_PROGRESS, IN_PROGRESS, VOID]},
    "another refund does not end": {"void_tickets": [IN_PROGRESS]},
    "voiding fails": {"void_tickets": UNNAMED},
    "paying back fails": {"refund_payment": ALWAYS},
    "a process that dies": {"refund_payment": [{"exit": True}, {}]},
    "freeing fails": {"release_sold_seats": ALWAYS},
    "closing fails": {"close_refund": ALWAYS},
}
GIVEN: Final[dict[str, State]] = {
    "event_cancellation": {"organizerId": 5, "version": 2, "run": 1, "at": {"pass": PASS}},
    "booking": {
        "reservationId": "res-1",
        "userId": 3,
        "eventId": 7,
        "organizerId": 5,
        "amountCents": 2100,
        "currency": "INR",
        "expiresAt": "2026-11-22T10:15:00.000Z",
        "paymentMethod": None,
    },
    "refund": {
        "refundId": "refund-1",
        "paymentId": "pay-1",
        "seatIds": [1],
        "amountCents": None,
        "reason": "cancelled",
        "force": False,
    },
}
# A task of our own making, for what no script on the shipped machines can show.
TASK: Final[State] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "TimeoutSeconds": 30,
    "Parameters": {"FunctionName": "tasks", "Payload": {"task": "work"}},
    "ResultPath": None,
    "End": True,
}
WAITING: Final[State] = TASK | {
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {
        "FunctionName": "tasks",
        "Payload": {"task": "work", "taskToken.$": "$$.Task.Token"},
    },
}
RETRIED: Final = {
    "ErrorEquals": ["ServiceUnavailable"],
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxDelaySeconds": 30,
    "MaxAttempts": 8,
    "JitterStrategy": "FULL",
}


@pytest.fixture
def ours() -> Iterator[Scripted]:
    clock = Clock()
    clock.start()
    yield Scripted(clock)
    clock.stop()


@pytest.mark.parametrize("case", BOOKING)
def test_a_booking_goes_the_way_that_the_emulators_goes(machines: Machines, case: str) -> None:
    seconds = 1 if case in TIMED_OUT else 30
    check_same(machines, "booking", BOOKING[case], collect_seconds=seconds)


@pytest.mark.parametrize("case", REFUND)
def test_a_refund_goes_the_way_that_the_emulators_goes(machines: Machines, case: str) -> None:
    check_same(machines, "refund", REFUND[case])


@pytest.mark.parametrize("case", CANCELLATION)
def test_a_cancellation_goes_the_way_that_the_emulators_goes(machines: Machines, case: str) -> None:
    check_same(machines, "event_cancellation", CANCELLATION[case])


def test_a_task_that_hangs_is_overtaken_as_the_emulators_is(machines: Machines) -> None:
    check_same(machines, "booking", HANGS, task_seconds=2)


def test_the_scripts_lead_through_every_state_of_all_machines(ours: Scripted) -> None:
    scripted = {"booking": BOOKING, "refund": REFUND, "event_cancellation": CANCELLATION}
    for name, scripts in scripted.items():
        entered = set()
        for script in scripts.values():
            options: dict[str, Any] = script
            entered |= set(ours.run(name, given(name), **options).steps)
        assert entered == set(defined(name, Windows())["States"])


def test_a_wait_between_tries_grows_to_its_longest_and_no_longer(ours: Scripted) -> None:
    """MaxDelaySeconds: "the maximum value, in seconds, up to which a retry interval can increase".
    The emulator ignores it. JitterStrategy only ever shortens; ours is the longest there can be.
    """
    ours.start(machine(work=TASK | {"Retry": [RETRIED]}), {}, work=ALWAYS)
    tried_at = []
    while (due := ours.sagas.next_due()) is not None:
        tried_at.append(due)
        ours.clock.move_to(due)
        ours.sagas.run_due()
    waits = [(later - before).total_seconds() for before, later in pairwise(tried_at)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_each_retrier_counts_its_own_tries_and_anew_in_each_state(ours: Scripted) -> None:
    """ "A retrier's parameters apply across all visits to the retrier in the context of a
    single-state execution."
    """
    twice = {**RETRIED, "MaxAttempts": 2}
    other = {**twice, "ErrorEquals": ["TaskFailed"]}
    retried = TASK | {"Retry": [twice, other]}
    states = machine(work=retried | {"Next": "again"}, again=retried)
    errors = ["ServiceUnavailable", "TaskFailed", "ServiceUnavailable", "TaskFailed"]
    moves: Moves = [{"raise": error} for error in errors]
    execution = ours.start(states, {}, work=[*moves, {}, *moves, {"raise": "TaskFailed"}])
    ours.finish()
    assert (execution.status, execution.steps) == (Status.FAILED, ["work", "again"])
    assert len(ours.calls) == 10


def test_an_answer_that_comes_after_the_timeout_is_dropped(ours: Scripted) -> None:
    """States.Timeout is of a task that runs longer than its TimeoutSeconds."""
    caught = TASK | {
        "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.why", "Next": "after"}],
    }
    after = WAITING | {"Parameters": asking("after", **{"taskToken.$": "$$.Task.Token"})}
    states = machine(work=caught, after=after | {"TimeoutSeconds": 60})
    execution = ours.start(states, {}, work=[{"sleep": 31, "answer": {"late": True}}])
    ours.pass_time(40)
    # It came while the next task was waited for, and was not taken for that one's.
    assert (execution.status, execution.steps) == (Status.RUNNING, ["work", "after"])
    ours.sagas.send_task_success(ours.calls[-1]["taskToken"], "{}")
    assert execution.status is Status.SUCCEEDED


def test_a_wait_for_a_signal_includes_the_function_that_is_to_bring_it(ours: Scripted) -> None:
    """TaskScheduledEventDetails: "The maximum allowed duration of the task." The emulator begins to
    count when the function has answered.
    """
    moves: Moves = [{"sleep": 31, "signal": PAYMENT}]
    run = ours.run("booking", given("booking"), collect_payment=moves)
    assert run.steps[1:3] == ["CollectPayment", "PaymentTimedOut"]
    assert run.last("cancel_order")["reason"] == "PaymentTimedOut"


def test_only_the_newest_token_of_a_task_is_taken_and_only_once(ours: Scripted) -> None:
    """TaskTimedOut: "The task token has either expired or the task associated with the token has
    already been closed." "If a Task state using the callback task token times out, a new random
    token is generated."
    """
    retried = WAITING | {"Retry": [RETRIED]}
    execution = ours.start(machine(work=retried), {}, work=[{"raise": "ServiceUnavailable"}, {}])
    ours.pass_time(2)
    old, new = (call["taskToken"] for call in ours.calls)
    with pytest.raises(ours.sagas.exceptions.TaskTimedOut):
        ours.sagas.send_task_success(old, "{}")
    ours.sagas.send_task_success(new, "{}")
    with pytest.raises(ours.sagas.exceptions.TaskTimedOut):
        ours.sagas.send_task_failure(new, "TooLate", "")
    assert execution.status is Status.SUCCEEDED


def test_a_token_is_refused_once_its_wait_is_over(ours: Scripted) -> None:
    execution = ours.start(machine(work=WAITING), {}, work=SILENT)
    ours.pass_time(30)
    assert (execution.status, error_of(execution)) == (Status.FAILED, "States.Timeout")
    with pytest.raises(ours.sagas.exceptions.TaskTimedOut):
        ours.sagas.send_task_success(ours.calls[0]["taskToken"], "{}")


def test_a_stopped_execution_takes_no_answer_and_no_signal(ours: Scripted) -> None:
    execution = ours.start(machine(work=WAITING), {}, work=SILENT)
    ours.pass_time(1)
    ours.sagas.stop_execution(execution.arn, "Reconciled", "")
    with pytest.raises(ours.sagas.exceptions.TaskTimedOut):
        ours.sagas.send_task_success(ours.calls[0]["taskToken"], "{}")
    ours.pass_time(60)
    assert (execution.status, error_of(execution)) == (Status.ABORTED, "Reconciled")


def test_a_name_and_its_input_are_one_execution_while_it_runs_and_used_up_after(
    ours: Scripted,
) -> None:
    """ "If StartExecution is called with the same name and input as a running execution, the call
    will succeed and return the same response as the original request. If the execution is closed
    or if the input is different, it will return a 400 ExecutionAlreadyExists error."
    """
    states = machine(work=WAITING)
    running = ours.start(states, {"a": 1}, work=SILENT)
    assert ours.start(states, {"a": 1}, work=SILENT) is running
    with pytest.raises(ours.sagas.exceptions.ExecutionAlreadyExists):
        ours.start(states, {"a": 2})
    ours.pass_time(30)
    assert running.status is Status.FAILED
    with pytest.raises(ours.sagas.exceptions.ExecutionAlreadyExists):
        ours.start(states, {"a": 1})


def test_a_redriven_execution_goes_on_where_it_failed_with_what_it_knew(ours: Scripted) -> None:
    """ "Step Functions continues the failed execution from the unsuccessful step and uses the same
    input"; "the results of the successful steps" are kept and "the retry attempt count for these
    states is reset to 0".
    """
    first = TASK | {"ResultPath": "$.first", "Next": "second"}
    again = RETRIED | {"MaxAttempts": 1}
    second = TASK | {"Parameters": asking("second", **{"given.$": "$"}), "Retry": [again]}
    states = machine(work=first, second=second)
    moves: Moves = [*ALWAYS, *ALWAYS, *ALWAYS, {}]
    execution = ours.start(states, {"a": 1}, work=[{"answer": {"b": 2}}], second=moves)
    ours.finish()
    assert (execution.status, len(ours.calls)) == (Status.FAILED, 3)
    ours.clock.move(13 * 86_400)
    ours.sagas.redrive_execution(execution.arn)
    ours.finish()
    assert (execution.status, execution.failure) == (Status.SUCCEEDED, None)
    assert [call["task"] for call in ours.calls] == ["work", *["second"] * 4]
    assert ours.calls[-1]["given"] == {"a": 1, "first": {"Payload": {"b": 2}}}


def test_a_redriven_execution_that_parked_fails_again_and_one_that_succeeded_is_refused(
    ours: Scripted,
) -> None:
    """A Fail state: "Reenters the Fail state and fails again"."""
    parked = ours.start(defined("booking", Windows()), given("booking"), confirm_order=UNNAMED)
    ours.finish()
    before = len(ours.calls)
    ours.sagas.redrive_execution(parked.arn)
    ours.finish()
    assert (parked.status, error_of(parked)) == (Status.FAILED, "BookingParked")
    assert (len(ours.calls), len(ours.sagas.parked)) == (before, 1)
    done = ours.start(machine(work=TASK), {}, "two")
    ours.finish()
    with pytest.raises(ours.sagas.exceptions.ExecutionNotRedrivable):
        ours.sagas.redrive_execution(done.arn)


def test_a_part_of_the_language_that_no_machine_of_ours_uses_is_an_error(ours: Scripted) -> None:
    ours.start(machine(work={"Type": "Parallel", "Branches": []}), {})
    with pytest.raises(NotImplementedError, match="Parallel"):
        ours.finish()


def check_same(machines: Machines, name: str, script: dict[str, Moves], **seconds: int) -> None:
    """Both go the same way, ask the same of the same tasks, and park the same state."""
    asked = given(name)
    options: dict[str, Any] = {**seconds, **script}
    # The emulator first: it lives by the real time.
    theirs = machines.run(name, asked, **options)
    clock = Clock()
    clock.start()
    try:
        ours = Scripted(clock).run(name, asked, **options)
    finally:
        clock.stop()
    assert told(ours) == told(theirs)


def told(run: Run) -> dict[str, Any]:
    """All of a run but for what each engine makes up by itself: names, tokens, and causes."""
    made_up = {"taskToken", "machine", "Cause"}
    text = json.dumps([run.calls, [each["state"] for each in run.parked]])
    calls, parked = json.loads(
        text, object_hook=lambda each: {k: v for k, v in each.items() if k not in made_up}
    )
    return run._asdict() | {"calls": calls, "parked": parked}


def given(name: str) -> State:
    """With an id of its own, by which the script is found."""
    caused = {"correlationId": "request-1"}
    if name == "event_cancellation":
        return GIVEN[name] | caused | {"eventId": uuid4().int % 10**9}
    return GIVEN[name] | caused | {"orderId": str(uuid4())}


def machine(**states: State) -> State:
    """Of these states, the first of which it starts at; one that names another goes on to it."""
    for state in states.values():
        if "Next" in state:
            state.pop("End", None)
    return {"StartAt": next(iter(states)), "States": states}


def asking(task: str, **more: Any) -> State:
    return {"FunctionName": "tasks", "Payload": {"task": task, **more}}


def error_of(execution: Execution) -> str | None:
    return execution.failure.error if execution.failure else None
