"""Cold starts are compared with the floor, and the slowest of a domain is held to its goal."""

from pathlib import Path

import pytest
from embedded.bench.cold import FLOOR, GOALS, findings
from embedded.bench.cold.functions import Candidate
from embedded.bench.cold.starts import CannotStart, Start, measure_starts, spent_on

STARTS = {
    FLOOR: Start(0.2, 100),
    "seating-api": Start(0.3, 150),
    "seating-tasks": Start(0.22, 120),
    "orders-api": Start(0.31, 150),
    "users-api": Start(0.4, 300),
    "catalog-api": Start(0.4, 300),
    "payments-api": Start(0.45, 300),
}


def candidate(folder: Path, source: str) -> Candidate:
    (folder / "begun.py").write_text(source)
    nothing = folder / "nothing"
    return Candidate("begun", "begun", {"WORD": "hello"}, folder, nothing, nothing)


def test_the_slowest_function_of_a_domain_decides_whether_its_goal_is_met() -> None:
    goals = {goal.what.split()[3]: goal for goal in findings(STARTS, {}).goals}
    assert set(goals) == set(GOALS)
    assert (goals["seating"].seen, goals["seating"].is_met) == ("1.50", True)
    assert "seating-api" in goals["seating"].what
    assert (goals["orders"].seen, goals["orders"].is_met) == ("1.55", False)
    assert (goals["payments"].seen, goals["payments"].is_met) == ("2.25", False)


def test_packages_are_shown_by_what_they_take_anywhere() -> None:
    spent = {FLOOR: {"botocore": 0.05}, "users-api": {"botocore": 0.05, "sqlalchemy": 0.1}}
    table = findings(STARTS, spent).tables[1]
    assert table.rows[0] == ["sqlalchemy", "0 ms", "100 ms"]
    assert table.rows[1] == ["botocore", "50 ms", "50 ms"]


def test_a_start_is_an_import_in_an_interpreter_that_has_nothing_else(tmp_path: Path) -> None:
    source = "import os, colorsys\nassert os.environ['WORD'] == 'hello'\n"
    start = measure_starts([candidate(tmp_path, source)], 2)["begun"]
    assert start.modules >= 2
    assert "colorsys" in spent_on(candidate(tmp_path, source))
    with pytest.raises(CannotStart, match="aiohttp"):
        measure_starts([candidate(tmp_path, "import aiohttp\n")], 1)
