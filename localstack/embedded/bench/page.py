"""`docs/performance.md`: one section a measurement, each with the conditions it was made under."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from embedded.bench.findings import Findings, Goal
from embedded.bench.machine import Conditions
from embedded.config import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "performance.md"
_HEAD: Final = """\
# Performance

Written by `make bench`, figures and plots alike: repeat it, and it writes this page anew. It starts
a stack of its own on free ports; `BOXOFFICE_URL` names another one to measure, and
`make bench ARGS=scale` makes one section only. Each section says when and where it was measured.

A machine that others share is noisy, so times are medians and 95th percentiles over n calls, and
what matters is how they compare with each other. Requests and capacity units are counted, and are
the same on every machine. Everything runs on the embedded stack: AWS has other latencies, and the
same requests and units.
"""


def write_section(page: Path, name: str, section: str) -> None:
    """Put the section in its place on the page, and leave the others as they are."""
    text = page.read_text() if page.exists() else ""
    kept = dict(re.findall(r"<!-- ([\w-]+) -->\n(.*?)<!-- end -->\n", text, re.DOTALL))
    kept[name] = section
    sections = [f"<!-- {each} -->\n{kept[each]}<!-- end -->\n" for each in kept]
    page.write_text("\n".join([_HEAD, *sections]))


def render(findings: Findings, conditions: Conditions) -> str:
    """A section as Markdown that also reads well in a terminal."""
    parts = [f"## {findings.title}", findings.text, str(conditions), _goals(findings.goals)]
    for table in findings.tables:
        parts += [f"### {table.title}", _table(table.columns, table.rows)]
        if table.note:
            parts.append(table.note)
    parts += [f"![{plot.title}](performance/{plot.name}.svg)" for plot in findings.plots]
    return "\n\n".join(parts) + "\n"


def _goals(goals: Sequence[Goal]) -> str:
    rows = [[goal.what, goal.goal, goal.seen, "yes" if goal.is_met else "**no**"] for goal in goals]
    return _table(["What", "Goal", "Seen", "Met"], rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned; all but the first column to the right."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(
        "| " + " | ".join(_aligned(cells, widths)) + " |" for cells in (columns, rule, *rows)
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    first = cells[0].ljust(widths[0])
    return [first, *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))]
