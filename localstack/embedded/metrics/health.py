"""How the emulated AWS is doing, as CloudWatch's own metrics would say it on AWS."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ministack.services import sqs, stepfunctions
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client import Counter as Counted
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.names import Names

_PREFIX: Final = f"{Names('local').prefix}-"
# From a warm function that only looks something up to a cold one, or one that waits for an order.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Calls:
    """Calls of functions, by function. Any thread may count one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._errors = Counted(
            "function_errors_total", "Calls that crashed or hung", ["function"], registry=registry
        )
        self._seconds = Histogram(
            "function_seconds",
            "What calls of functions took",
            ["function"],
            registry=registry,
            buckets=_SECONDS,
        )

    def count(self, function: str, seconds: float, *, failed: bool) -> None:
        name = function.removeprefix(_PREFIX)
        self._seconds.labels(name).observe(seconds)
        self._errors.labels(name).inc(int(failed))


class Waiting(Collector):
    """What waits in queues, and how far the executions of state machines are, when asked."""

    def collect(self) -> Iterator[Metric]:
        yield queues(sqs._queues.all_values())
        yield executions(stepfunctions._executions.all_values())


def queues(found: Iterable[Mapping[str, Any]]) -> Metric:
    family = GaugeMetricFamily("queue_messages", "Messages that wait", labels=["queue"])
    for queue in found:
        family.add_metric([queue["name"].removeprefix(_PREFIX)], len(queue["messages"]))
    return family


def executions(found: Iterable[Mapping[str, Any]]) -> Metric:
    family = GaugeMetricFamily(
        "executions",
        "Executions of state machines, by how far they are",
        labels=["machine", "status"],
    )
    counts = Counter(
        (one["stateMachineArn"].rpartition(":")[2].removeprefix(_PREFIX), one["status"].lower())
        for one in found
    )
    for (machine, status), count in sorted(counts.items()):
        family.add_metric([machine, status], count)
    return family
