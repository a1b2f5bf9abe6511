"""The page says what was found, and one part's new figures leave the others' alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from embedded.bench.findings import Findings, Goal, Line, Plot, Table
from embedded.bench.latencies import Latencies
from embedded.bench.machine import Conditions, Machine
from embedded.bench.page import render, write_section

MACHINE = Machine(2, "Abacus", 24.0, "Linux x86_64", "3.11.7", "abc1234")
CONDITIONS = Conditions(MACHINE, datetime(2096, 11, 22, 12, 0, tzinfo=UTC), 61.2, (0.5, 1.25))
FINDINGS = Findings(
    "Doors",
    "How wide they are.",
    [Goal("Width", "2 m", "3 m", is_met=True), Goal("Height", "9 m", "3 m", is_met=False)],
    [Table("All doors", ["Door", "Width"], [["front", "3 m"], ["back", "12 m"]], "Outside.")],
    [Plot("doors", "Doors", "x", "y", [1], [Line("width", [3])])],
)


def test_a_section_shows_goals_tables_plots_and_the_conditions() -> None:
    assert render(FINDINGS, CONDITIONS) == (
        "## Doors\n\nHow wide they are.\n\n"
        "Measured 2096-11-22 12:00 UTC, in 61 s, on 2 cores (Abacus), 24 GiB, Linux x86_64,"
        " Python 3.11.7, commit abc1234. Load average 0.5 before, 1.2 after.\n\n"
        "| What   | Goal | Seen |    Met |\n"
        "| ------ | ---: | ---: | -----: |\n"
        "| Width  |  2 m |  3 m |    yes |\n"
        "| Height |  9 m |  3 m | **no** |\n\n"
        "### All doors\n\n"
        "| Door  | Width |\n| ----- | ----: |\n| front |   3 m |\n| back  |  12 m |\n\nOutside.\n\n"
        "![Doors](performance/doors.svg)\n"
    )


def test_a_section_is_replaced_in_its_place_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_section(page, "first", "## One\n\nold\n")
    write_section(page, "second", "## Two\n\nkept\n")
    once = page.read_text()
    write_section(page, "first", "## One\n\nnew\n")
    assert page.read_text() == once.replace("old", "new")
    assert once.startswith("# Performance\n")


def test_the_median_and_the_95th_percentile_are_values_that_were_seen() -> None:
    latencies = Latencies()
    latencies.seconds = [float(number) for number in range(100, 0, -1)]
    assert (latencies.n, latencies.median, latencies.p95) == (100, 50.0, 95.0)
    latencies.seconds = [3.0]
    assert (latencies.median, latencies.p95) == (3.0, 3.0)


def test_only_what_succeeds_is_timed() -> None:
    latencies = Latencies()
    with pytest.raises(ZeroDivisionError), latencies.timed():
        _ = 1 / latencies.n
    assert latencies.n == 0
    with latencies.timed():
        pass
    assert latencies.n == 1
