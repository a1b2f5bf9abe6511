"""What a measurement finds: goals, tables and plots, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError
from embedded.stack import RunningStack


@dataclass(frozen=True)
class Bench:
    """What a measurement is given: a running stack, and a folder for what it throws away."""

    url: str
    folder: Path
    # Where a stack of our own keeps its state; of one that BOXOFFICE_URL names only that is known.
    state: Path | None = None

    def stack(self) -> RunningStack:
        """For what is measured behind the API's back. Raises StackError without a stack of ours."""
        if self.state is None:
            raise StackError("This is measured on a stack of its own: without BOXOFFICE_URL.")
        return RunningStack.of(self.state)


@dataclass(frozen=True)
class Goal:
    """What was aimed at, and what was seen instead or as well."""

    what: str
    goal: str
    seen: str
    is_met: bool


@dataclass(frozen=True)
class Table:
    """`note` says how to read it. The first column names the row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    values: Sequence[float]


@dataclass(frozen=True)
class Plot:
    """Lines over the same `xs`, drawn to `name`.svg; `goal` is a line that none should cross."""

    name: str
    title: str
    x_label: str
    y_label: str
    xs: Sequence[float]
    lines: Sequence[Line]
    goal: Line | None = None
    is_y_logarithmic: bool = True


@dataclass(frozen=True)
class Findings:
    """One section of the page."""

    title: str
    text: str
    goals: Sequence[Goal]
    tables: Sequence[Table]
    plots: Sequence[Plot]
