"""Streams, events and schedules: nothing that comes in is lost without a trace."""

import json

from infra.tests.assembly import Assembly


def test_a_poison_record_ends_in_a_queue_and_blocks_nobody_for_long(assembly: Assembly) -> None:
    sources = list(assembly.resources("AWS::Lambda::EventSourceMapping"))
    assert {stack for stack, _, _ in sources} == {"seating", "orders"}
    for stack, _, source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        age = source["MaximumRecordAgeInSeconds"]
        assert age == (60 if assembly.environment == "local" else 3_600)
        assert source["MaximumRetryAttempts"] > 0
        queue = assembly.text(stack, source["DestinationConfig"]["OnFailure"]["Destination"])
        assert queue == f"boxoffice-{assembly.environment}-{stack}-streams-failures.Arn"


def test_a_stream_is_read_from_its_start(assembly: Assembly) -> None:
    """What was written while the function was being deployed counts too."""
    for _, _, source in assembly.resources("AWS::Lambda::EventSourceMapping"):
        assert source["StartingPosition"] == "TRIM_HORIZON"


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
    functions = {f"{prefix}-{name}" for name in ("seating-events", "orders-reconciler")}
    assert kept.keys() == functions
    for function, destination in kept.items():
        domain = function.removeprefix(f"{prefix}-").partition("-")[0]
        queue = assembly.text(domain, destination["OnFailure"]["Destination"])
        assert queue == f"{function}-failures.Arn"


def test_what_was_left_behind_is_taken_up_every_minute(assembly: Assembly) -> None:
    schedules = {
        assembly.text(stack, target["Arn"]): (rule["ScheduleExpression"], target["Input"])
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    }
    prefix = f"boxoffice-{assembly.environment}"
    tasks = {function: json.loads(payload)["task"] for function, (_, payload) in schedules.items()}
    assert tasks == {
        f"{prefix}-catalog-tasks.Arn": "relay_outbox",
        f"{prefix}-payments-tasks.Arn": "relay_outbox",
        f"{prefix}-orders-reconciler.Arn": "reconcile_open_orders",
    }
    assert {expression for expression, _ in schedules.values()} == {"rate(1 minute)"}


def test_an_execution_that_ends_without_an_end_of_its_own_is_reconciled(
    assembly: Assembly,
) -> None:
    [rule] = [
        rule
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["aws.states"]
    ]
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    watched = rule["EventPattern"]["detail"]["stateMachineArn"]
    machines = list(assembly.resources("AWS::StepFunctions::StateMachine"))
    assert len(watched) == len(machines) >= 2
    [target] = rule["Targets"]
    prefix = f"boxoffice-{assembly.environment}"
    reconciler = "arn:aws:lambda:region:account:function:" + f"{prefix}-orders-reconciler"
    assert assembly.text("booking", target["Arn"]) == reconciler
    # One that the reconciler never hears of is parked.
    queue = assembly.text("booking", target["DeadLetterConfig"]["Arn"])
    assert queue == f"{prefix}-parked-bookings.Arn"
    told = target["InputTransformer"]
    assert told["InputPathsMap"] == {"detail": "$.detail"}
    assert told["InputTemplate"] == '{"task":"reconcile_execution","detail":<detail>}'


def test_the_rule_may_call_the_reconciler(assembly: Assembly) -> None:
    prefix = f"boxoffice-{assembly.environment}"
    callers = {
        (stack, permission["Principal"])
        for stack, _, permission in assembly.resources("AWS::Lambda::Permission")
        if f"{prefix}-orders-reconciler" in assembly.text(stack, permission["FunctionName"])
    }
    # Its schedule, from the stack it is in, and the rule.
    assert callers == {("orders", "events.amazonaws.com"), ("booking", "events.amazonaws.com")}


def test_failures_wait_for_two_weeks_and_ring_an_alarm(assembly: Assembly) -> None:
    rung = {
        dimension["Value"]
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    queues = [queue for _, _, queue in assembly.resources("AWS::SQS::Queue")]
    assert {queue["QueueName"] for queue in queues} == rung
    assert {queue["MessageRetentionPeriod"] for queue in queues} == {14 * 24 * 3_600}
