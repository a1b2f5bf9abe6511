"""What our functions have counted since the stack started, as Prometheus wants it."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from math import inf, isinf
from typing import Any, Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.registry import Collector

from embedded.metrics.described import METRICS, Described

NAMESPACE: Final = "Boxoffice"
SERVICE: Final = "service"
# From a saga that only passes through to one whose customer takes the whole window to pay.
BUCKETS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, inf)

Labels = tuple[str, ...]


class Durations:
    """How many took at most so long, for each limit; and how long all took together."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._counts = [0] * len(BUCKETS)

    def add(self, seconds: Iterable[float]) -> None:
        for one in seconds:
            self.seconds += one
            self._counts[bisect_left(BUCKETS, one)] += 1

    def within(self) -> list[tuple[str, float]]:
        limits = ["+Inf" if isinf(limit) else str(limit) for limit in BUCKETS]
        return list(zip(limits, map(float, accumulate(self._counts)), strict=True))


class Business(Collector):
    """Takes metrics as they are put into CloudWatch. Any thread may."""

    def __init__(self, described: Mapping[str, Described] = METRICS) -> None:
        self._described = described
        self._lock = threading.Lock()
        self._counted: dict[str, dict[Labels, float]] = {}
        self._observed: dict[str, dict[Labels, Durations]] = {}
        for name, one in described.items():
            if one.kind == "counter":
                self._counted[name] = dict.fromkeys(_there_from_the_start(one), 0.0)

    def take(self, request: Mapping[str, Any]) -> None:
        """A PutMetricData request; of other namespaces, or of what nobody described, nothing."""
        if request["Namespace"] != NAMESPACE:
            return
        with self._lock:
            for datum in request["MetricData"]:
                described = self._described.get(datum["MetricName"])
                if described is not None:
                    self._add(described, datum)

    def _add(self, described: Described, datum: Mapping[str, Any]) -> None:
        name = datum["MetricName"]
        dimensions = {one["Name"]: one["Value"] for one in datum["Dimensions"]}
        labels = tuple(dimensions.get(label, "") for label in (SERVICE, *described.labels))
        if described.kind == "seconds":
            self._observed.setdefault(name, {}).setdefault(labels, Durations()).add(datum["Values"])
            return
        values = self._counted.setdefault(name, {})
        newest = datum["Values"][-1]
        grown = values.get(labels, 0.0) + sum(datum["Values"])
        values[labels] = grown if described.kind == "counter" else newest

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            for name, described in self._described.items():
                family = _family(name, described)
                for labels, value in self._counted.get(name, {}).items():
                    family.add_metric(labels, value)
                for labels, durations in self._observed.get(name, {}).items():
                    family.add_metric(labels, durations.within(), durations.seconds)
                yield family


def _there_from_the_start(described: Described) -> Iterable[Labels]:
    """All but those with more dimensions than one, of which we have none."""
    if not described.labels:
        return [(described.service,)]
    [values] = described.labels.values()
    return [(described.service, value) for value in values]


def _family(name: str, described: Described) -> Any:
    labels = [SERVICE, *described.labels]
    if described.kind == "seconds":
        return HistogramMetricFamily(name, described.says, labels=labels)
    if described.kind == "gauge":
        return GaugeMetricFamily(name, described.says, labels=labels)
    if name.endswith("_total"):
        return CounterMetricFamily(name, described.says, labels=labels)
    # A counter by another name would be renamed; our names are a promise, kinds are not.
    return UnknownMetricFamily(name, f"{described.says} (a counter)", labels=labels)
