"""Each metric of DESIGN.md 6 grows when what it counts happens, on a running stack."""

import json
import time
from uuid import uuid4

import pytest
from e2e.client import Client, eventually, hall, problem, register, sign_in
from embedded.metrics.reading import Figures
from embedded.stack import RunningStack

from metrics.conftest import Scrape
from metrics.queries import asked, expressions, panels

ADMINISTRATOR = ("admin", "admin-local-only")


class Story:
    """What was counted before and after somebody did everything there is to do."""

    def __init__(self, before: Figures, after: Figures) -> None:
        self._before, self._after = before, after

    def grown(self, name: str, **labels: str) -> float:
        return self._after.sum(name, **labels) - self._before.sum(name, **labels)


@pytest.fixture(scope="module")
def story(stack: RunningStack, scrape: Scrape) -> Story:
    before = scrape()
    organizer = sign_in(stack.url, *ADMINISTRATOR)
    event_id = hall(organizer)
    ada, eve = register(stack.url), register(stack.url)

    order = ada.order(ada.reserve(event_id, [1, 2])["reservationId"])
    taken = eve.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": [2, 3]})
    problem(taken, 409, "seats-unavailable")
    problem(ada.charge(order, "tok_declined"), 402, "payment-declined")
    paid = ada.charge(order).json()
    ada.order_once(order["orderId"], "CONFIRMED")
    ada.post("/v1/refund", {"paymentId": paid["paymentId"]}, key=str(uuid4()))
    ada.order_once(order["orderId"], "REFUNDED")

    given_up = eve.order(eve.reserve(event_id, [4])["reservationId"])
    eve.post(f"/v1/orders/{given_up['orderId']}/cancel")
    eve.order_once(given_up["orderId"], "CANCELLED")

    _run_out(stack, event_id, ada.user_id, ada.reserve(event_id, [5, 6])["reservationId"])
    _park(stack)
    _audit(stack)
    _reconcile(stack)
    after = eventually(scrape, lambda now: _released(now) > _released(before))
    return Story(before, after)


def _run_out(stack: RunningStack, event_id: int, user_id: int, reservation_id: str) -> None:
    """As if its time had passed: its claims are swept up then."""
    dynamodb, past = stack.client("dynamodb"), {"N": str(int(time.time()) - 1)}
    of_claims = {"expiresAt": past, "ttl": past}
    items = {
        (f"RESERVATION#{reservation_id}", "RECORD"): {"expiresAt": past},
        (f"SLOT#{event_id}#{user_id}", "SLOT"): {"activeExpiresAt": past},
        (f"CLAIMS#{event_id}#Stalls", "5"): of_claims,
        (f"CLAIMS#{event_id}#Stalls", "6"): of_claims,
    }
    for (partition, sort), changed in items.items():
        dynamodb.update_item(
            TableName=stack.tables["seating"],
            Key={"PK": {"S": partition}, "SK": {"S": sort}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changed),
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={f"#{name}": name for name in changed},
            ExpressionAttributeValues={f":{name}": value for name, value in changed.items()},
        )


def _park(stack: RunningStack) -> None:
    """As a saga does that cannot go on (statemachines/booking.asl.json)."""
    _invoke(stack, "orders", {"task": "report_parked", "orderId": "o", "machine": "x-booking"})


def _audit(stack: RunningStack) -> None:
    _invoke(stack, "audit", {"task": "audit_stores"})


def _reconcile(stack: RunningStack) -> None:
    """As each minute, which a new stack may not have seen yet."""
    _invoke(stack, "orders", {"task": "reconcile_open_orders"}, "reconciler")


def _invoke(stack: RunningStack, domain: str, task: dict[str, str], kind: str = "tasks") -> None:
    answer = stack.client("lambda").invoke(
        FunctionName=stack.names.function(domain, kind), Payload=json.dumps(task).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def _released(figures: Figures) -> float:
    return figures.sum("expired_reservations_released")


# Others use the stack too: at least so much.
@pytest.mark.parametrize(
    ("name", "labels", "least"),
    [
        ("user_registrations_total", {"service": "users"}, 2),
        ("user_logins_total", {"service": "users", "outcome": "success"}, 1),
        ("seat_reservations_total", {"service": "seating"}, 3),
        ("seat_reservations_failed", {"service": "seating", "reason": "seats-unavailable"}, 1),
        ("expired_reservations_released", {"service": "seating"}, 2),
        ("orders_total", {"service": "orders"}, 2),
        ("orders_confirmed_total", {"service": "orders"}, 1),
        ("orders_given_up_total", {"service": "orders", "reason": "cancelled"}, 1),
        ("payments_total", {"service": "payments"}, 1),
        ("payments_failed_total", {"service": "payments", "reason": "declined"}, 1),
        ("refunds_total", {"service": "payments"}, 1),
        ("booking_seconds_count", {"service": "orders"}, 1),
        ("bookings_parked", {"service": "orders"}, 1),
        ("audits_total", {"service": "audit"}, 1),
        ("audit_seconds_count", {"service": "audit"}, 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "_",
)
def test_a_metric_counts_what_it_is_named_after(
    story: Story, name: str, labels: dict[str, str], least: int
) -> None:
    assert story.grown(name, **labels) >= least


def test_an_audit_says_how_many_promises_it_found_broken(scrape: Scrape, story: Story) -> None:
    assert [sample.value >= 0 for sample in scrape().of("audit_violations")] == [True]


def test_how_well_it_is_can_be_seen_too(story: Story, stack: RunningStack) -> None:
    assert story.grown("http_requests_total", method="POST", status="201") >= 5
    assert story.grown("http_request_seconds_count", method="POST") >= 5
    assert story.grown("function_seconds_count", function="seating-api") >= 3
    assert story.grown("executions", machine="booking", status="succeeded") >= 1


def test_the_figures_in_cloudwatch_are_the_same(
    story: Story, stack: RunningStack, scrape: Scrape
) -> None:
    """The console on AWS and Prometheus here speak of one thing by one name and one dimension."""
    listed = stack.client("cloudwatch").list_metrics(Namespace="Boxoffice")["Metrics"]
    told = {
        (
            metric["MetricName"],
            frozenset((one["Name"], one["Value"]) for one in metric["Dimensions"]),
        )
        for metric in listed
    }
    figures = scrape()
    for name in ("orders_confirmed_total", "seat_reservations_failed", "payments_failed_total"):
        for sample in figures.of(name):
            if sample.value:
                assert (name, frozenset(sample.labels.items())) in told, sample


def test_the_dashboard_asks_for_what_is_there(story: Story, scrape: Scrape) -> None:
    questions = {
        one for panel in panels() for expression in expressions(panel) for one in asked(expression)
    }
    # Nothing was ever taken up again here.
    names = {one.name for one in questions} - {"orders_reconciled_total"}
    # What a schedule counts is there two minutes after the start.
    figures = eventually(scrape, lambda now: all(now.of(name) for name in names), seconds=150)
    assert names
    for one in questions:
        assert all(one.labels <= sample.labels.keys() for sample in figures.of(one.name)), one


def test_only_this_machine_is_told(stack: RunningStack) -> None:
    """The API knows no such path; it is the edge's own, and the edge is not deployed."""
    anybody = Client(stack.url)
    problem(anybody.post("/metrics"), 404, "not-found")
    problem(anybody.get("/metrics/more"), 404, "not-found")
