"""From the embedded metric format to Prometheus' text, by the library that others use for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from embedded.mends.logs import metrics_in
from embedded.metrics.business import Business
from embedded.metrics.described import METRICS, Described
from embedded.metrics.reading import Figures
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.tests.test_observability import counters

Say = Callable[..., None]


def line(name: str, *values: float, namespace: str = "Boxoffice", **dimensions: str) -> str:
    """A line of a function's log."""
    return json.dumps(
        {
            "_aws": {
                "Timestamp": 1,
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [list(dimensions)],
                        "Metrics": [{"Name": name, "Unit": "Count"}],
                    }
                ],
            },
            name: list(values),
            **dimensions,
        }
    )


class House:
    """Functions that write, and somebody who looks."""

    def __init__(self, described: Any = METRICS) -> None:
        self._registry = CollectorRegistry()
        self._business = Business(described)
        self._registry.register(self._business)

    def say(self, name: str, *values: float, **given: str) -> None:
        for request in metrics_in(line(name, *values, **given)):
            self._business.take(request)

    @property
    def text(self) -> str:
        return generate_latest(self._registry).decode()

    @property
    def figures(self) -> Figures:
        return Figures.read(self.text)


@pytest.fixture
def house() -> House:
    return House()


def test_every_metric_that_a_function_writes_is_described_and_no_other() -> None:
    written = {(service, name): labels for service, name, labels in counters()}
    described = {(one.service, name): frozenset(one.labels) for name, one in METRICS.items()}
    assert described == written


def test_a_counter_adds_up_what_each_invocation_counted(house: House) -> None:
    house.say("orders_total", 1, service="orders")
    house.say("orders_total", 2, 3, service="orders")
    assert house.figures.sum("orders_total", service="orders") == 6


def test_a_gauge_is_what_was_said_last(house: House) -> None:
    house.say("audit_violations", 3, service="audit")
    house.say("audit_violations", 0, service="audit")
    assert [sample.value for sample in house.figures.of("audit_violations")] == [0]


def test_seconds_are_put_into_buckets_each_with_all_below_it(house: House) -> None:
    house.say("booking_seconds", 0.5, 0.6, service="orders")
    house.say("booking_seconds", 1_000, service="orders")
    durations = house.figures.durations("booking_seconds", service="orders")
    assert (durations.count, durations.seconds) == (3, 1_001.1)
    within = dict(durations.within)
    assert (within[0.5], within[1.0], within[900.0], within[float("inf")]) == (1, 2, 2, 3)


def test_reasons_are_told_apart(house: House) -> None:
    house.say("payments_failed_total", 1, service="payments", reason="declined")
    house.say("payments_failed_total", 1, service="payments", reason="another")
    figures = house.figures
    assert figures.sum("payments_failed_total", reason="declined") == 1
    assert figures.sum("payments_failed_total") == 2


def test_a_counter_is_there_before_it_grows(house: House) -> None:
    """Else its first step would be none, for whoever asks for its rate."""
    figures = house.figures
    at_once = {
        name
        for name, one in METRICS.items()
        if one.kind == "counter" and () not in one.labels.values()
    }
    assert at_once <= figures.names
    assert figures.sum("user_logins_total") == 0
    assert {one.labels["outcome"] for one in figures.of("user_logins_total")} == {
        "success",
        "failure",
        "throttled",
    }


def test_names_are_the_same_as_in_cloudwatch(house: House) -> None:
    """Also those of counters that the library would give another ending."""
    house.say("oldest_open_order_seconds", 1, service="orders")
    for name in ("seat_reservations_failed", "bookings_parked", "orders_total"):
        assert name in house.figures.names
    kinds = {one.name: one.type for one in text_string_to_metric_families(house.text)}
    assert kinds["orders"] == "counter"
    assert kinds["seat_reservations_failed"] == "unknown"
    assert kinds["oldest_open_order_seconds"] == "gauge"


def test_what_is_not_ours_or_not_described_is_left_out(house: House) -> None:
    before = house.text
    house.say("orders_total", 1, namespace="Another", service="orders")
    house.say("made_up_total", 1, service="orders")
    assert house.text == before


def test_text_from_a_label_cannot_break_out_of_it() -> None:
    house = House({"a_total": Described("x", "counter", "A", {"reason": ()})})
    hostile = 'b"} 9\nc_total 7 \\'
    house.say("a_total", 1, service="x", reason=hostile)
    assert [sample.labels["reason"] for sample in house.figures.of("a_total")] == [hostile]
    assert house.figures.names == {"a_total"}
