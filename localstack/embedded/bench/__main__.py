"""`python -m embedded.bench [NAME ...]`: measure, print the tables, write `docs/performance.md`.

Exit codes: 0 measured (a missed goal is a finding), 1 something could not be measured.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from embedded.bench import cold, cost, growth, http, page, rush, scale, sign_in, start_up, warm
from embedded.bench.findings import Bench, Findings
from embedded.bench.machine import Conditions, Machine, load
from embedded.bench.plots import draw
from embedded.errors import StackError
from embedded.postgres_home import remove_home
from embedded.settings import Settings
from embedded.stack import METER_FOLDER, running_stack

MEASUREMENTS: Final[Mapping[str, Callable[[Bench], Findings]]] = {
    cost.NAME: cost.measure,
    http.NAME: http.measure,
    rush.NAME: rush.measure,
    scale.NAME: scale.measure,
    growth.NAME: growth.measure,
    sign_in.NAME: sign_in.measure,
    cold.NAME: cold.measure,
    warm.NAME: warm.measure,
    start_up.NAME: start_up.measure,
}


def run(names: list[str], bench: Bench) -> None:
    """Measure these, one after the other, and write each down as soon as it is known."""
    for name in names:
        machine, began_at, load_before = Machine.here(), datetime.now(UTC), load()
        began = time.monotonic()
        findings = MEASUREMENTS[name](bench)
        conditions = Conditions(machine, began_at, time.monotonic() - began, (load_before, load()))
        section = page.render(findings, conditions)
        for plot in findings.plots:
            draw(plot, page.PAGE.with_suffix(""))
        page.write_section(page.PAGE, name, section)
        print(section)


@contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    """On the stack that BOXOFFICE_URL names, or one that is started for us and ends with us."""
    named = os.environ.get("BOXOFFICE_URL")
    if named:
        yield Bench(named, folder)
        return
    # One customer holds and gives back for as long as it is measured.
    state = folder / "stack"
    settings = Settings(
        port=0, state=state, with_demo=False, holds_counted_seconds=0, meter=state / METER_FOLDER
    )
    try:
        with running_stack(settings) as stack:
            yield Bench(stack.url, folder, state)
    finally:
        remove_home(state / "postgres")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m embedded.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    names = parser.parse_args(arguments).names or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"There is no measurement {', '.join(unknown)}.")
    with tempfile.TemporaryDirectory(prefix="boxoffice-bench-") as folder:
        try:
            with bench_in(Path(folder)) as bench:
                run(names, bench)
        except (StackError, httpx.HTTPError) as failure:
            print(f"Boxoffice: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
