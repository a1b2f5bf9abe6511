"""An order's story as text, in order of time, for people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from embedded.trace.executions import Execution, Stay
from embedded.trace.following import Story
from embedded.trace.lines import Line

_HEADINGS: Final = ("since", "took", "request", "where", "what", "outcome")
_NUMBERS: Final = 2
_SHORT_ID: Final = 8
_NAMES: Final = {"reservationId": "reservation", "paymentId": "payment", "refundId": "refund"}


class Row(NamedTuple):
    """`request_id` is what it goes back to, None for what a state machine did by itself."""

    began_at: datetime
    milliseconds: float | None
    request_id: str | None
    where: str
    what: str
    outcome: str
    times: int = 1

    @property
    def kind(self) -> tuple[str | None, ...]:
        """Rows of one kind that follow each other are told once."""
        return (self.request_id, self.where, self.what, self.outcome)


def tell(
    story: Story, executions: Sequence[Execution], prefix: str, *, with_reads: bool = False
) -> str:
    """The whole of it; functions are told without the environment's `prefix`."""
    with_reads = with_reads or not (story.lines or executions)
    lines = story.lines + (story.reads if with_reads else [])
    rows = [_row_of(line, prefix) for line in lines]
    rows += [row for execution in executions for row in _rows_of(execution, story)]
    rows.sort(key=lambda row: row.began_at)
    began_at = rows[0].began_at
    requests = {line.request_id for line in lines}
    counted = [
        _count(len(lines), "line"),
        _count(len(requests), "request"),
        _count(len(executions), "execution"),
    ]
    told = [
        *_heading(story),
        f"{began_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: {', '.join(counted)}",
        "",
        *_table([_HEADINGS, *(_cells(row, began_at) for row in _together(rows))]),
    ]
    if story.reads and not with_reads:
        left_out = _count(len(story.reads), "line")
        told += ["", f"{left_out} of requests that only read left out: ARGS=--reads tells them."]
    return "\n".join(told) + "\n"


def _heading(story: Story) -> Iterator[str]:
    yield f"Order {story.order_id}"
    for name, label in _NAMES.items():
        for subject in story.subjects.get(name, []):
            yield f"  {label} {subject}"


def _row_of(line: Line, prefix: str) -> Row:
    where = line.function.removeprefix(f"{prefix}-")
    return Row(line.began_at, line.milliseconds, line.request_id, where, line.deed, line.outcome)


def _rows_of(execution: Execution, story: Story) -> Iterator[Row]:
    machine = f"[{execution.machine}]"
    # Only a refund that broke off runs again, under a name that says how often.
    again = execution.name.removeprefix(_first_name(execution, story)).removeprefix("-")
    begins = f"execution begins, run {again}" if again else "execution begins"
    yield Row(execution.began_at, None, None, machine, begins, "")
    for stay in execution.stays:
        took = _between(stay.entered_at, stay.left_at)
        yield Row(stay.entered_at, took, None, machine, stay.state, _ending(stay, execution))
    if execution.ended_at is not None:
        took = _between(execution.began_at, execution.ended_at)
        outcome = ": ".join(filter(None, (execution.status, execution.error)))
        yield Row(execution.ended_at, took, None, machine, "execution ends", outcome)


def _first_name(execution: Execution, story: Story) -> str:
    names = [story.order_id, *story.subjects.get("refundId", [])]
    return next((name for name in names if execution.name.startswith(name)), "")


def _ending(stay: Stay, execution: Execution) -> str:
    failed = ", ".join(stay.errors)
    if stay.left_at is not None:
        return f"done after {failed}" if failed else "done"
    if execution.ended_at is None:
        return f"waits after {failed}" if failed else "waits"
    return failed or "left"


def _between(began_at: datetime, ended_at: datetime | None) -> float | None:
    return None if ended_at is None else (ended_at - began_at).total_seconds() * 1000


def _together(rows: Iterable[Row]) -> Iterator[Row]:
    last: Row | None = None
    for row in rows:
        if last is not None and last.kind == row.kind:
            last = last._replace(times=last.times + 1)
            continue
        if last is not None:
            yield last
        last = row
    if last is not None:
        yield last


def _cells(row: Row, began_at: datetime) -> tuple[str, ...]:
    since = (row.began_at - began_at).total_seconds()
    took = "" if row.milliseconds is None else _duration(row.milliseconds)
    times = f" ({row.times} times)" if row.times > 1 else ""
    request = (row.request_id or "")[:_SHORT_ID]
    return (f"{since:.3f} s", took, request, row.where, f"{row.what}{times}", row.outcome)


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as they must be, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
    for row in rows:
        cells = [
            cell.rjust(width) if place < _NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
