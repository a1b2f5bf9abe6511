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
    [(function, destination)] = kept.items()
    assert function == f"boxoffice-{assembly.environment}-seating-events"
    assert "failures" in assembly.text("seating", destination["OnFailure"]["Destination"])


def test_outboxes_are_relayed_every_minute(assembly: Assembly) -> None:
    schedules = {
        assembly.text(stack, target["Arn"]): (rule["ScheduleExpression"], target["Input"])
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    }
    prefix = f"boxoffice-{assembly.environment}"
    assert schedules.keys() == {f"{prefix}-catalog-tasks.Arn", f"{prefix}-payments-tasks.Arn"}
    for expression, payload in schedules.values():
        assert expression == "rate(1 minute)"
        assert json.loads(payload) == {"task": "relay_outbox"}


def test_an_execution_that_ends_without_an_end_of_its_own_is_parked(assembly: Assembly) -> None:
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
    parked = f"boxoffice-{assembly.environment}-parked-bookings"
    assert assembly.text("booking", target["Arn"]) == f"{parked}.Arn"


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
