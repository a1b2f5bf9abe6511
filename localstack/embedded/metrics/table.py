"""The figures for a terminal: how a sale goes, and how the system bears it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.console import Group
from rich.table import Table

from embedded.metrics.described import METRICS, Described
from embedded.metrics.reading import Durations, Figures

_DOMAINS: Final = {
    "seating": "Seats",
    "orders": "Bookings",
    "payments": "Payments",
    "catalog": "Events",
    "users": "Accounts",
    "audit": "Audit",
}


class Row(NamedTuple):
    """A figure, what it is called, and what it is made up of."""

    says: str
    value: str
    details: str = ""


def rows_of(figures: Figures, service: str) -> Iterator[Row]:
    """All that one domain has counted."""
    for name, described in METRICS.items():
        if described.service == service:
            yield _row(figures, name, described)


def _row(figures: Figures, name: str, described: Described) -> Row:
    if described.kind == "seconds":
        return Row(described.says, *_seconds(figures.durations(name)))
    values = {
        sample.labels[label]: sample.value
        for label in described.labels
        for sample in figures.of(name)
    }
    parts = ", ".join(f"{which} {value:,.0f}" for which, value in values.items() if value)
    unit = " s" if name.endswith("_seconds") else ""
    return Row(described.says, f"{figures.sum(name):,.0f}{unit}", parts)


def health_of(figures: Figures) -> Iterator[Row]:
    """From the door inwards. Of queues and functions only what there is to tell."""
    statuses = {
        digit: sum(
            sample.value
            for sample in figures.of("http_requests_total")
            if sample.labels["status"].startswith(digit)
        )
        for digit in "12345"
    }
    parts = ", ".join(f"{digit}xx {count:,.0f}" for digit, count in statuses.items() if count)
    yield Row("Requests", f"{sum(statuses.values()):,.0f}", parts)
    yield Row("What they took", *_seconds(figures.durations("http_request_seconds")))
    for sample in figures.of("function_seconds_count"):
        function = sample.labels["function"]
        failed = figures.sum("function_errors_total", function=function)
        took = " ".join(_seconds(figures.durations("function_seconds", function=function)))
        failures = f", {failed:,.0f} failed" if failed else ""
        yield Row(f"Calls of {function}", f"{sample.value:,.0f}", took + failures)
    for sample in figures.of("queue_messages"):
        if sample.value:
            yield Row(f"Waiting in {sample.labels['queue']}", f"{sample.value:,.0f}")
    for sample in figures.of("executions"):
        labels = sample.labels
        yield Row(f"Executions of {labels['machine']}", f"{sample.value:,.0f}", labels["status"])


def table(figures: Figures) -> Group:
    """All of it. What a stack does not say (LocalStack: what functions count) is left out."""
    tables = [
        _table(title, rows_of(figures, service))
        for service, title in _DOMAINS.items()
        if figures.names & {name for name, one in METRICS.items() if one.service == service}
    ]
    return Group(*tables, _table("Health", health_of(figures)))


def _table(title: str, rows: Iterator[Row]) -> Table:
    shown = Table(title=title, title_justify="left", box=None, show_header=False)
    shown.add_column(min_width=64)
    shown.add_column(justify="right", min_width=8)
    shown.add_column()
    for row in rows:
        shown.add_row(*row)
    return shown


def _seconds(durations: Durations) -> tuple[str, str]:
    if not durations.count:
        return "-", ""
    p50, p99 = (durations.quantile(share) for share in (0.5, 0.99))
    return f"{durations.mean:.2f} s", f"on average, p50 {p50:.2f} s, p99 {p99:.2f} s"
