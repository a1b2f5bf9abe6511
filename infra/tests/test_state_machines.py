"""The sagas as deployed: filled in, and with no right they do not use."""

import json
from typing import Any

import pytest

from infra.definitions import blanks, fill_in, timeouts
from infra.environments import Windows
from infra.tests.assembly import Assembly
from infra.timeouts import API_SECONDS


def deployed(assembly: Assembly, name: str) -> dict[str, Any]:
    [machine] = [
        machine
        for _, _, machine in assembly.resources("AWS::StepFunctions::StateMachine")
        if machine["StateMachineName"] == f"boxoffice-{assembly.environment}-{name}"
    ]
    definition: dict[str, Any] = json.loads(assembly.text("booking", machine["DefinitionString"]))
    return definition


def test_windows_reach_the_booking_saga(local: Assembly) -> None:
    """A payment window of 42 s has a margin of 7, and the saga waits for two more of them."""
    booking = deployed(local, "booking")
    assert booking["States"]["CollectPayment"]["TimeoutSeconds"] == 42 + 2 * 7
    assert booking["TimeoutSeconds"] == 42 + 2 * 7 + 7_200


def test_production_waits_for_a_payment_for_a_quarter_of_an_hour(
    assemblies: dict[str, Assembly],
) -> None:
    booking = deployed(assemblies["production"], "booking")
    assert booking["States"]["CollectPayment"]["TimeoutSeconds"] == 900 + 2 * 15


def test_an_order_on_its_way_is_waited_for_longer_than_any_function_runs(
    assembly: Assembly,
) -> None:
    """Here on one machine only as long as a request may run, and that is what orders come by."""
    timeouts_of = {
        function["FunctionName"]: function["Timeout"]
        for _, _, function in assembly.resources("AWS::Lambda::Function")
        # What a deployment runs places no orders, and what audits them only reads.
        if "FunctionName" in function
        and not function["FunctionName"].endswith(("-migrator", "-audit-tasks"))
    }
    waited = deployed(assembly, "event_cancellation")["States"]["WaitForOrdersOnTheirWay"]
    placing = {
        seconds for name, seconds in timeouts_of.items() if name.endswith(("-api", "-tasks"))
    }
    whoever = placing if assembly.environment == "local" else set(timeouts_of.values())
    assert waited["Seconds"] > max(whoever)


def test_a_wait_that_no_request_outlasts_is_refused() -> None:
    with pytest.raises(ValueError, match="placing its order"):
        Windows(sales_closed_seconds=API_SECONDS)


def test_nothing_is_left_blank(assembly: Assembly) -> None:
    for name in ("booking", "refund", "event_cancellation"):
        assert "${" not in json.dumps(deployed(assembly, name))


def test_a_saga_calls_functions_by_their_arn_and_parks_in_the_queue(local: Assembly) -> None:
    booking = deployed(local, "booking")["States"]
    function = booking["SecureSeats"]["Parameters"]["FunctionName"]
    assert function == "arn:aws:lambda:region:account:function:boxoffice-local-seating-tasks"
    assert booking["ParkBooking"]["Parameters"]["QueueUrl"] == "boxoffice-local-parked-bookings"


def test_sagas_keep_a_history_and_log_steps_without_what_they_carry(assembly: Assembly) -> None:
    for _, _, machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        assert machine["StateMachineType"] == "STANDARD"
        assert machine["LoggingConfiguration"]["Level"] == "ALL"
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_a_number_takes_its_quotes_away() -> None:
    filled = fill_in('{"a": "${N}", "b": "x-${S}"}', numbers={"N": 3}, strings={"S": "y"})
    assert json.loads(filled) == {"a": 3, "b": "x-y"}


def test_a_blank_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Surprise"):
        fill_in('{"a": "${Surprise}"}', numbers={}, strings={})


def test_every_number_is_a_positive_whole() -> None:
    for seconds in (1, 5, 7, 90, 900):
        for number in timeouts(Windows(payment_seconds=seconds)).values():
            assert isinstance(number, int)
            assert number > 0


def test_blanks_are_found_once() -> None:
    assert blanks('{"a": "${A}", "b": "${A}${B}"}') == {"A", "B"}
