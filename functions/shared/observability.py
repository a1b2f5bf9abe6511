"""Structured logs and EMF metrics (namespace `Boxoffice`); few dimensions, never an id."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

logger = Logger()
metrics = Metrics()


def count(name: str, value: float = 1, **dimensions: str) -> None:
    """Add to a counter. With dimensions it is written at once, apart from the others."""
    if not dimensions:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
        return
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        for key, text in dimensions.items():
            metric.add_dimension(name=key, value=text)


def observe_seconds(name: str, seconds: float) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)


def flush_metrics() -> None:
    """Write what was counted in this invocation; nothing counted writes nothing."""
    if metrics.metric_set:
        metrics.flush_metrics()
