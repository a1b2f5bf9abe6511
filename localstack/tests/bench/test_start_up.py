"""What a start says of its steps is read whole or not at all, and what is made again is named."""

from contextlib import redirect_stdout
from io import StringIO

import pytest
from embedded.bench.start_up import EMPTIED, FIRST, LATER, findings
from embedded.bench.start_up.steps import Start, Step, Unreadable, read
from embedded.progress import Progress
from embedded.stack import READY

NAMES = ("Postgres", "Templates", "Deployment", "Demo data")


def said(*results: str, is_over: bool = True) -> str:
    """As the launcher says it, by the same code."""
    with redirect_stdout(StringIO()) as out:
        progress = Progress(len(NAMES))
        for name, result in zip(NAMES, results, strict=False):
            with progress.step(name) as step:
                step.result = result
    return out.getvalue() + (f"{READY} http://localhost:8080  (12.3 s)\n" if is_over else "")


def test_every_step_is_read_with_what_came_of_it() -> None:
    start = read("Ended the postgres.\n" + said("", "synthesized", "10 stacks", "loaded"))
    assert [step.name for step in start.steps] == list(NAMES)
    assert [step.result for step in start.steps] == ["", "synthesized", "10 stacks", "loaded"]
    assert start.seconds == 12.3


@pytest.mark.parametrize(
    "text",
    ["", said("", "synthesized"), said("", "", "", "", is_over=False)],
    ids=["nothing", "a step is missing", "it is not over"],
)
def test_half_a_start_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_what_a_later_start_makes_anew_is_named() -> None:
    def start(seconds: float, *results: str) -> Start:
        steps = [Step(name, seconds, result) for name, result in zip(NAMES, results, strict=True)]
        return Start(steps, seconds)

    first = start(9, "", "synthesized", "10 stacks", "loaded")
    later = start(5, "", "synthesized", "unchanged", "as it was")
    emptied = start(2, "", "unchanged", "10 stacks", "loaded")
    found = findings({FIRST: first, LATER: later, EMPTIED: emptied})
    assert [(goal.seen, goal.is_met) for goal in found.goals] == [
        ("Templates", False),
        ("nothing", True),
    ]
    assert found.tables[0].rows[-1] == ["Ready", "9.0 s", "5.0 s", "2.0 s"]
    assert found.tables[0].rows[1][1:] == [
        "9.0 s synthesized",
        "5.0 s synthesized",
        "2.0 s unchanged",
    ]
