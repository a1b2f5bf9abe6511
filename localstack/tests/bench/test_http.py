"""Clients are measured on a running stack, and what misses a goal is said to."""

from dataclasses import replace

import pytest
from embedded.bench.http import findings, loads
from embedded.bench.http.clients import ACTS
from embedded.bench.http.load import Load, put_on
from embedded.bench.latencies import Latencies
from embedded.bench.processors import EDGE, EMULATOR, FUNCTIONS, PARTS, POSTGRES
from embedded.stack import RunningStack


def load(milliseconds: float, cpu_ms: float, seconds: float = 1.0) -> Load:
    latencies = Latencies()
    latencies.seconds = [milliseconds / 1_000] * 200
    return Load(16, latencies, seconds, dict.fromkeys(PARTS, cpu_ms / 5), 0)


@pytest.mark.stack
def test_clients_and_the_processors_they_use_are_measured(stack: RunningStack) -> None:
    for what in ("reserve", "event search"):
        # Often enough to be seen by a kernel that counts processors in hundredths of a second.
        [seen] = loads(stack, what, [1], times=20)
        assert (seen.clients, seen.latencies.n, seen.refused) == (1, 20, 0)
        assert seen.cpu.keys() == set(PARTS)
        assert seen.cpu_ms(FUNCTIONS) + seen.cpu_ms(EMULATOR, EDGE) > 0


def test_every_goal_is_met_or_missed_by_the_figures() -> None:
    fast = {what: [load(40, 1)] for what in ACTS}
    assert [goal.is_met for goal in findings(fast).goals] == [True] * 5
    slow = {what: [load(51, 100, seconds=20)] for what in ACTS}
    assert [goal.is_met for goal in findings(slow).goals] == [False] * 5
    [row, *_] = findings(fast).tables[0].rows
    assert row == ["reserve, 16", "200.0", "40 ms", "40 ms", "1.0", "1.0", "2.0", "200"]


def test_the_products_own_processor_time_is_told_from_the_emulators() -> None:
    seen = replace(load(40, 0), cpu={FUNCTIONS: 1.0, POSTGRES: 0.5, EMULATOR: 4.0, EDGE: 2.0})
    assert seen.cpu_ms(FUNCTIONS, POSTGRES) == pytest.approx(7.5)
    assert seen.cpu_ms(EMULATOR, EDGE) == pytest.approx(30)


def test_what_is_refused_is_not_among_the_latencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.bench.processors._all", lambda _: {part: {} for part in PARTS})
    turns = iter([True, False, True, False])
    seen = put_on(None, [lambda: next(turns)], 4)  # type: ignore[arg-type]
    assert (seen.latencies.n, seen.refused) == (2, 2)
