"""A measurement runs against the stack as it is, and a failure of one is said in one line."""

from pathlib import Path

import pytest
from embedded.bench.__main__ import main
from embedded.bench.page import PAGE
from embedded.bench.scale import findings
from embedded.bench.scale.costs import event_costs
from embedded.bench.scale.speed import measure_speed
from embedded.bench.scale.table import counted_store
from embedded.config import HOST, free_port

SIZES = (100, 1_000)


@pytest.mark.stack
def test_the_scale_of_an_event_is_measured_on_a_running_stack(
    boxoffice_url: str, tmp_path: Path
) -> None:
    speeds = measure_speed(boxoffice_url, SIZES, puts=1, rounds=2, pause_seconds=0)
    for speed in speeds:
        assert [speed.put.n, speed.on_sale.n, speed.first_reserve.n] == [1, 1, 1]
        assert [speed.summary.n, speed.one_section.n] == [1, 1]
        assert [speed.reserve.n, speed.best.n] == [2, 2]
    with counted_store(tmp_path) as store:
        found = findings([event_costs(store, seats) for seats in SIZES], speeds)
    assert [goal.is_met for goal in found.goals[1:]] == [True, True]
    for table in found.tables:
        assert [row[0] for row in table.rows] == ["100", "1,000"]
    for plot in found.plots:
        assert {len(line.values) for line in plot.lines} == {len(plot.xs)} == {len(SIZES)}


def test_a_stack_that_does_not_answer_is_one_line_and_leaves_the_page_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text()
    monkeypatch.setenv("BOXOFFICE_URL", f"http://{HOST}:{free_port()}")
    monkeypatch.setattr("embedded.bench.scale.SIZES", (100,))
    assert main(["scale"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Boxoffice: ")
    assert PAGE.read_text() == page


def test_an_unknown_measurement_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["speed-of-light"])
    assert "speed-of-light" in capsys.readouterr().err
