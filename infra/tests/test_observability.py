"""What a person on call can see, and what wakes them."""

import ast
import json

from infra import ROOT
from infra.tests.assembly import Assembly

METRICS = {
    "user_registrations_total",
    "user_logins_total",
    "seat_reservations_total",
    "seat_reservations_failed",
    "expired_reservations_released",
    "orders_total",
    "orders_confirmed_total",
    "orders_reconciled_total",
    "orders_contradictory_total",
    "oldest_open_order_seconds",
    "event_cancellations_total",
    "oldest_event_cancellation_seconds",
    "payments_total",
    "payments_failed_total",
    "refunds_total",
    "payment_provider_open",
    "booking_seconds",
    "bookings_parked",
    "refunds_parked",
    "oldest_pending_refund_seconds",
    "payments_contradictory_total",
    "payments_refunds_failed_total",
    "payments_disputed_total",
}


def test_the_dashboard_shows_every_metric_of_the_functions(assembly: Assembly) -> None:
    [(stack, _, dashboard)] = assembly.resources("AWS::CloudWatch::Dashboard")
    shown = json.loads(assembly.text(stack, dashboard["DashboardBody"]))
    text = json.dumps([widget["properties"]["metrics"] for widget in shown["widgets"]])
    assert {metric for metric in METRICS if metric in text} == METRICS


def test_every_alarm_rings_somebody_and_says_why(assembly: Assembly) -> None:
    alarms = [alarm for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")]
    assert len(alarms) > 10
    for alarm in alarms:
        assert alarm["AlarmActions"]
        assert alarm["AlarmDescription"].endswith(".")


def test_an_alarm_is_of_one_metric(assembly: Assembly) -> None:
    """The emulator takes no sums of several."""
    for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        assert "Metrics" not in alarm


def test_alarms_watch_functions_that_are_there(assembly: Assembly) -> None:
    prefix = f"boxoffice-{assembly.environment}-"
    watched = {
        dimension["Value"].removeprefix(prefix)
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }
    assert watched
    assert watched <= assembly.functions().keys()


def test_an_execution_that_breaks_off_wakes_somebody(assembly: Assembly) -> None:
    watched = {
        (assembly.text("observability", dimension["Value"]).rpartition("-")[2], alarm["MetricName"])
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "StateMachineArn"
    }
    assert watched >= {
        (machine, metric)
        for machine in ("booking", "refund", "event_cancellation")
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut")
    }


def test_a_payment_provider_that_is_away_rings(assembly: Assembly) -> None:
    [alarm] = [
        alarm
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "payment_provider_open"
    ]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "payments"}]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (0, 1)


def test_one_parked_booking_rings_by_its_message_and_by_its_count(assembly: Assembly) -> None:
    rung = {
        (assembly.text("observability", dimension["Value"]), alarm["MetricName"])
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    }
    [queue] = [
        queue["QueueName"]
        for _, _, queue in assembly.resources("AWS::SQS::Queue")
        if queue["QueueName"].endswith("-parked-bookings")
    ]
    assert {(queue, "ApproximateNumberOfMessagesVisible"), ("orders", "bookings_parked")} <= rung


def counters() -> set[tuple[str, str, frozenset[str]]]:
    """Domain, name and dimensions of each counter and gauge in the functions' sources."""
    return {
        (
            path.relative_to(ROOT / "functions").parts[0],
            str(argument.value),
            frozenset(keyword.arg or "" for keyword in call.keywords),
        )
        for path in (ROOT / "functions").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("count", "observe_seconds")
        for argument in ast.walk(call.args[0])
        if isinstance(argument, ast.Constant)
    }


def test_alarms_watch_counters_as_the_functions_write_them(assembly: Assembly) -> None:
    """With a dimension too many or too few, an alarm would stay silent for ever."""
    watched = set()
    for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        if alarm["Namespace"] == "Boxoffice":
            dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
            domain = dimensions.pop("service")
            watched.add((domain, alarm["MetricName"], frozenset(dimensions)))
    assert len(watched) >= 4
    assert watched <= counters()


def test_alarms_may_ring_on_the_topic(assembly: Assembly) -> None:
    """A policy that only refuses plain HTTP would shut CloudWatch out too."""
    [(_, _, policy)] = assembly.resources("AWS::SNS::TopicPolicy")
    let_in = [
        statement["Principal"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Action"] == "sns:Publish"
    ]
    assert let_in == [{"Service": "cloudwatch.amazonaws.com"}]
