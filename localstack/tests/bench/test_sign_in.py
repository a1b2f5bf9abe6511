"""Failed sign-ins are measured side by side, and a kind that takes longer is a goal missed."""

import pytest
from embedded.bench.latencies import Latencies
from embedded.bench.sign_in import (
    DELETED,
    KINDS,
    KNOWN,
    LIMITED,
    SUSPENDED,
    UNKNOWN,
    findings,
    measure_hashing,
    measure_sign_ins,
)


def taken(milliseconds: float) -> Latencies:
    latencies = Latencies()
    latencies.seconds += [milliseconds / 1_000] * 3
    return latencies


@pytest.mark.stack
@pytest.mark.parametrize("tries", [2, 7])
def test_sign_ins_of_every_kind_are_measured(boxoffice_url: str, tries: int) -> None:
    seen = measure_sign_ins(boxoffice_url, tries)
    assert {kind: latencies.n for kind, latencies in seen.items()} == dict.fromkeys(
        (*KINDS, LIMITED), tries
    )


def test_a_kind_that_takes_longer_or_shorter_misses_the_goal() -> None:
    seen = {KNOWN: taken(100), UNKNOWN: taken(109), SUSPENDED: taken(89), DELETED: taken(112)}
    found = findings(seen, taken(58))
    assert [(goal.seen, goal.is_met) for goal in found.goals] == [
        ("+9.0%", True),
        ("-11.0%", False),
        ("+12.0%", False),
    ]
    assert found.tables[0].rows[1] == [UNKNOWN, "109.0 ms", "109.0 ms", "109%"]


def test_what_hashing_takes_on_a_function_is_computed_from_its_share_of_a_core() -> None:
    seen = dict.fromkeys((*KINDS, LIMITED), taken(100))
    [_, (_, on_lambda)] = findings(seen, taken(58)).tables[1].rows
    assert on_lambda == "100.2 ms"
    assert measure_hashing(2).n == 2
