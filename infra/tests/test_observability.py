"""What a person on call can see, and what wakes them."""

import ast
import json

from infra import ROOT
from infra.constructs.routes import DOMAINS
from infra.tests.assembly import Assembly

# DESIGN.md 6: what a dashboard of the original's would ask for, by its names.
PROMISED = {
    "user_registrations_total",
    "user_logins_total",
    "seat_reservations_total",
    "seat_reservations_failed",
    "expired_reservations_released",
    "orders_total",
    "orders_confirmed_total",
    "payments_total",
    "payments_failed_total",
    "refunds_total",
    "booking_seconds",
    "bookings_parked",
}
ON_SALE = {
    "seat_reservations_total",
    "seat_reservations_failed",
    "orders_confirmed_total",
    "orders_given_up_total",
    "booking_seconds",
    "payments_total",
    "payments_failed_total",
    "bookings_parked",
}


def views(assembly: Assembly) -> dict[str, str]:
    """What the dashboard shows under each of its headlines."""
    [(stack, _, dashboard)] = assembly.resources("AWS::CloudWatch::Dashboard")
    shown = json.loads(assembly.text(stack, dashboard["DashboardBody"]))
    found: dict[str, str] = {}
    for widget in shown["widgets"]:
        if widget["type"] == "text":
            headline = widget["properties"]["markdown"].removeprefix("# ")
            found[headline] = ""
        else:
            found[headline] += json.dumps(widget["properties"])
    return found


def test_the_dashboard_shows_every_metric_of_the_functions(assembly: Assembly) -> None:
    text = "".join(views(assembly).values())
    metrics = {name for _, name, _ in counters()}
    assert metrics >= PROMISED
    assert {metric for metric in metrics if metric in text} == metrics


def test_the_dashboard_has_a_view_of_the_sale_and_one_of_the_systems_health(
    assembly: Assembly,
) -> None:
    shown = views(assembly)
    assert list(shown) == ["On sale", "Health"]
    assert {metric for metric in ON_SALE if metric in shown["On sale"]} == ON_SALE
    for which in ("5XXError", "p99", "-failures", "IteratorAge", "audit_violations"):
        assert which in shown["Health"], which


def test_the_dashboard_shows_every_alarm_and_every_queue_of_failures(assembly: Assembly) -> None:
    shown = views(assembly)["Health"]
    alarms = list(assembly.resources("AWS::CloudWatch::Alarm"))
    assert len(alarms) > 10
    for stack, logical_id, _ in alarms:
        if stack == "observability":
            assert f"{logical_id}.Arn" in shown
    for _, _, queue in assembly.resources("AWS::SQS::Queue"):
        if "RedrivePolicy" not in queue:
            assert f'"{queue["QueueName"]}"' in shown, queue["QueueName"]


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


def test_what_is_done_again_at_the_next_turn_stops_ringing_when_it_is_well(
    assembly: Assembly,
) -> None:
    """Its queue keeps what was given up for two weeks, and would hide the next fault as long."""
    again = {
        assembly.text(stack, target["Arn"]).removesuffix(".Arn") + "-failures"
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    }
    watched = {
        dimension["Value"]: (alarm["MetricName"], alarm["Statistic"])
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    assert len(again) == 5
    came = ("NumberOfMessagesSent", "Sum")
    assert {queue for queue, counted in watched.items() if counted == came} == again


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
        for argument in _named(call.args[0])
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _named(argument: ast.expr) -> list[ast.expr]:
    """A name, or the two that are chosen between."""
    return [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]


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


def test_every_promise_has_its_alarm(assembly: Assembly) -> None:
    prefix = f"boxoffice-{assembly.environment}-"
    names = {
        alarm["AlarmName"].removeprefix(prefix)
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
    }
    assert names >= {
        "parked-bookings",
        "audit-violations",
        "audit-overdue",
        "payment-provider-away",
        "orders-open-too-long",
        "api-5xx",
        *(f"{domain}-api-slow" for domain in DOMAINS),
        *(f"{domain}-api-crashes" for domain in DOMAINS),
    }


def test_failed_requests_ring_by_their_share_and_slow_ones_by_the_slowest_hundredth(
    assembly: Assembly,
) -> None:
    prefix = f"boxoffice-{assembly.environment}-"
    alarms = {
        alarm["AlarmName"].removeprefix(prefix): alarm
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
    }
    failed = alarms["api-5xx"]
    assert (failed["MetricName"], failed["Statistic"]) == ("5XXError", "Average")
    assert failed["Threshold"] == 0.01
    slow = {
        domain: (alarm["MetricName"], alarm["ExtendedStatistic"], alarm["Threshold"])
        for domain in DOMAINS
        for alarm in [alarms[f"{domain}-api-slow"]]
    }
    # Whoever orders may have us wait for 20 s; that is no slowness of ours.
    assert slow.pop("orders") == ("Duration", "p99", 23_000)
    assert set(slow.values()) == {("Duration", "p99", 3_000)}


def test_what_is_counted_is_no_path_of_the_api(assembly: Assembly) -> None:
    """Prometheus' figures are of the local edge alone; a route would have to be made for them."""
    parts = {
        resource["PathPart"] for _, _, resource in assembly.resources("AWS::ApiGateway::Resource")
    }
    assert "users" in parts
    assert not {part for part in parts if "metric" in part}
    roots = {paths for domain in DOMAINS.values() for paths in domain}
    # Nor does a wider one take it in.
    assert not {path for path in roots if path.startswith(("/{", "/metric"))}


def test_alarms_may_ring_on_the_topic(assembly: Assembly) -> None:
    """A policy that only refuses plain HTTP would shut CloudWatch out too."""
    [policy] = [
        policy
        for stack, _, policy in assembly.resources("AWS::SNS::TopicPolicy")
        if stack == "observability"
    ]
    let_in = [
        statement["Principal"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Action"] == "sns:Publish"
    ]
    assert let_in == [{"Service": "cloudwatch.amazonaws.com"}]
