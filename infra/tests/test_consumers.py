"""Streams, events and schedules: nothing that comes in is lost without a trace."""

import json

import pytest

from infra.limits import RESERVED_CALLS
from infra.tests.assembly import Assembly, Json


def of_streams(assembly: Assembly) -> list[tuple[str, Json]]:
    return [
        (stack, source)
        for stack, _, source in assembly.resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" in source
    ]


def of_queues(assembly: Assembly) -> list[tuple[str, Json]]:
    return [
        (stack, source)
        for stack, _, source in assembly.resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" not in source
    ]


def test_a_poison_record_ends_in_a_queue_and_blocks_nobody_for_long(assembly: Assembly) -> None:
    sources = of_streams(assembly)
    assert {stack for stack, _ in sources} == {"seating", "orders"}
    for stack, source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        age = source["MaximumRecordAgeInSeconds"]
        assert age == (60 if assembly.environment == "local" else 3_600)
        assert source["MaximumRetryAttempts"] > 0
        queue = assembly.text(stack, source["DestinationConfig"]["OnFailure"]["Destination"])
        assert queue == f"boxoffice-{assembly.environment}-{stack}-streams-failures.Arn"


def test_a_stream_is_read_from_its_start(assembly: Assembly) -> None:
    """What was written while the function was being deployed counts too."""
    for _, source in of_streams(assembly):
        assert source["StartingPosition"] == "TRIM_HORIZON"


def test_a_message_that_fails_repeats_no_other_and_ends_in_a_queue(assembly: Assembly) -> None:
    prefix = f"boxoffice-{assembly.environment}-"
    queues = {
        queue["QueueName"]: (stack, queue)
        for stack, _, queue in assembly.resources("AWS::SQS::Queue")
    }
    for stack, source in of_queues(assembly):
        assert source["BatchSize"] == 1
        name = assembly.text(stack, source["EventSourceArn"]).removesuffix(".Arn")
        _, queue = queues[name]
        function = assembly.text(stack, source["FunctionName"]).removeprefix(prefix)
        assert name == prefix + function
        again = queue["RedrivePolicy"]
        assert again["maxReceiveCount"] == 5
        assert assembly.text(stack, again["deadLetterTargetArn"]) == f"{name}-failures.Arn"
        # Else a message is delivered again while it is still being worked on.
        assert queue["VisibilityTimeout"] >= 6 * assembly.functions()[function]["Timeout"]


def test_no_more_messages_are_received_at_once_than_a_function_has_calls(
    production: Assembly,
) -> None:
    """What is throttled counts as a delivery, and after five of them as a failure."""
    received = {
        production.text(stack, source["FunctionName"]).removeprefix("boxoffice-production-"): source
        for stack, source in of_queues(production)
    }
    reserved = RESERVED_CALLS.keys() & received.keys()
    assert reserved
    for function in reserved:
        most = received[function]["ScalingConfig"]["MaximumConcurrency"]
        assert most == RESERVED_CALLS[function]


def test_seating_hears_of_changed_events(assembly: Assembly) -> None:
    rules = [
        (stack, rule)
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["boxoffice.catalog"]
    ]
    [(stack, rule)] = rules
    assert stack == "seating"
    assert rule["EventPattern"]["detail-type"] == ["EventChanged"]
    assert rule["EventBusName"] == f"boxoffice-{assembly.environment}"
    [target] = rule["Targets"]
    assert assembly.text(stack, target["Arn"]).endswith("-seating-events.Arn")
    assert "failures" in assembly.text(stack, target["DeadLetterConfig"]["Arn"])


def test_an_event_that_a_function_fails_on_ends_in_a_queue(assembly: Assembly) -> None:
    """A dead-letter queue on the rule only sees events that never reached the function."""
    kept = {
        assembly.text(stack, config["FunctionName"]): config["DestinationConfig"]
        for stack, _, config in assembly.resources("AWS::Lambda::EventInvokeConfig")
        if "DestinationConfig" in config
    }
    prefix = f"boxoffice-{assembly.environment}"
    functions = {
        f"{prefix}-{name}"
        for name in (
            "seating-events",
            "orders-reconciler",
            "audit-tasks",
            *(f"{domain}-tasks" for domain in ("users", "catalog", "payments")),
        )
    }
    assert kept.keys() == functions
    for function, destination in kept.items():
        domain = function.removeprefix(f"{prefix}-").partition("-")[0]
        queue = assembly.text(domain, destination["OnFailure"]["Destination"])
        assert queue == f"{function}-failures.Arn"


def test_what_was_left_behind_is_taken_up_every_minute_or_when_a_paused_cluster_wakes(
    assembly: Assembly,
) -> None:
    scheduled = [
        (assembly.text(stack, target["Arn"]), rule["ScheduleExpression"], target["Input"])
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    ]
    prefix = f"boxoffice-{assembly.environment}"
    tasks = {(function, json.loads(payload)["task"]) for function, _, payload in scheduled}
    assert tasks == {
        (f"{prefix}-catalog-tasks.Arn", "relay_outbox"),
        (f"{prefix}-catalog-tasks.Arn", "resume_cancellations"),
        (f"{prefix}-payments-tasks.Arn", "relay_outbox"),
        (f"{prefix}-orders-reconciler.Arn", "reconcile_open_orders"),
        (f"{prefix}-users-tasks.Arn", "relay_outbox"),
        (f"{prefix}-users-tasks.Arn", "sweep_expired"),
        (f"{prefix}-audit-tasks.Arn", "audit_stores"),
    }
    # Of which test_audit.py says when it runs.
    scheduled = [one for one in scheduled if "audit_stores" not in one[2]]
    paused = {"cron(0 4 * * ? *)"} if assembly.environment == "staging" else set()
    assert {expression for _, expression, _ in scheduled} == {"rate(1 minute)"} | paused
    for function, expression, _ in scheduled:
        of_sql = function.removeprefix(f"{prefix}-").startswith(("catalog", "payments", "users"))
        assert (expression in paused) == (bool(paused) and of_sql)


@pytest.mark.parametrize(
    ("machines", "function", "task"),
    [
        ({"booking", "refund"}, "orders-reconciler", "reconcile_execution"),
        ({"event_cancellation"}, "catalog-tasks", "resume_execution"),
    ],
)
def test_an_execution_that_ends_without_an_end_of_its_own_is_taken_up(
    assembly: Assembly, machines: set[str], function: str, task: str
) -> None:
    prefix = f"boxoffice-{assembly.environment}"
    wanted = f"arn:aws:lambda:region:account:function:{prefix}-{function}"
    [(rule, target)] = [
        (rule, target)
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["aws.states"]
        for target in rule["Targets"]
        if assembly.text(stack, target["Arn"]) == wanted
    ]
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    watched = rule["EventPattern"]["detail"]["stateMachineArn"]
    named = {assembly.text("booking", arn).removesuffix(".Ref") for arn in watched}
    assert {name.removeprefix(f"{prefix}-") for name in named} == machines
    # One that nobody ever hears of is parked.
    queue = assembly.text("booking", target["DeadLetterConfig"]["Arn"])
    assert queue == f"{prefix}-parked-bookings.Arn"
    told = target["InputTransformer"]
    assert told["InputPathsMap"] == {"detail": "$.detail"}
    assert told["InputTemplate"] == f'{{"task":"{task}","detail":<detail>}}'


def test_every_machine_is_watched_by_one_rule(assembly: Assembly) -> None:
    watched = [
        json.dumps(arn)
        for _, _, rule in assembly.resources("AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["aws.states"]
        for arn in rule["EventPattern"]["detail"]["stateMachineArn"]
    ]
    machines = list(assembly.resources("AWS::StepFunctions::StateMachine"))
    assert len(watched) == len(set(watched)) == len(machines) >= 3


@pytest.mark.parametrize(
    ("function", "stack"), [("orders-reconciler", "orders"), ("catalog-tasks", "catalog")]
)
def test_the_rule_may_call_who_takes_executions_up(
    assembly: Assembly, function: str, stack: str
) -> None:
    prefix = f"boxoffice-{assembly.environment}"
    callers = {
        (caller, permission["Principal"])
        for caller, _, permission in assembly.resources("AWS::Lambda::Permission")
        if f"{prefix}-{function}" in assembly.text(caller, permission["FunctionName"])
    }
    # Its schedule, from the stack it is in, and the rule.
    assert callers == {(stack, "events.amazonaws.com"), ("booking", "events.amazonaws.com")}


def test_failures_wait_for_two_weeks_and_ring_an_alarm(assembly: Assembly) -> None:
    rung = {
        dimension["Value"]
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    queues = [
        queue
        for _, _, queue in assembly.resources("AWS::SQS::Queue")
        if "RedrivePolicy" not in queue
    ]
    assert {queue["QueueName"] for queue in queues} == rung
    assert {queue["MessageRetentionPeriod"] for queue in queues} == {14 * 24 * 3_600}
