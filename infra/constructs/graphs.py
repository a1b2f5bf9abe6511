"""What a dashboard is put together of."""

from collections.abc import Iterable, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

# A row of CloudWatch's grid has 24 columns.
_COLUMNS: Final = 24


def headed(dashboard: cloudwatch.Dashboard, says: str, *rows: Sequence[cloudwatch.IWidget]) -> None:
    """Rows of a dashboard under a headline of their own."""
    headline = cloudwatch.TextWidget(markdown=f"# {says}", width=_COLUMNS, height=1)
    dashboard.add_widgets(headline)
    for row in rows:
        dashboard.add_widgets(*row)


def graph(title: str, *metrics: cloudwatch.IMetric, width: int = 6) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=width, left=list(metrics))


def number(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.SingleValueWidget:
    """What it is now, in figures that can be read from afar."""
    return cloudwatch.SingleValueWidget(title=title, width=6, metrics=list(metrics))


def ours(*names: str, statistic: str = "Sum") -> Iterable[cloudwatch.IMetric]:
    """Metrics of our functions with all their dimensions: outcomes and reasons are lines of one
    graph.
    """
    for name in names:
        yield searched(f'Namespace="Boxoffice" MetricName="{name}"', statistic)


def searched(which: str, statistic: str) -> cloudwatch.MathExpression:
    """All metrics there are of a kind, a line each, by their own names."""
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{which}', '{statistic}', 60)",
        label="",
        period=Duration.minutes(1),
        using_metrics={},
    )
