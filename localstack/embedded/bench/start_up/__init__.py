"""How long `make up` takes by step: on an empty folder, on one it has been on, on one emptied."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from embedded.bench.findings import Bench, Findings, Goal, Table
from embedded.bench.start_up.steps import Start, read
from embedded.postgres_home import remove_home
from embedded.settings import Settings
from embedded.stack import running_stack
from embedded.state import StateFolder

NAME: Final = "start-up"
FIRST: Final = "First"
LATER: Final = "Later"
EMPTIED: Final = "Emptied"
# What each start need not make anew.
KEPT: Final[Mapping[str, Mapping[str, str]]] = {
    LATER: {"Templates": "unchanged", "Deployment": "unchanged", "Demo data": "as it was"},
    EMPTIED: {"Templates": "unchanged"},
}

_TEXT: Final = """\
What `make up` says of its steps, with the demo data: first on a folder that is empty, later on what
that left, and then with BOXOFFICE_FRESH=1, which empties it. The virtual environment is there, and
so are the functions' layers, made once for a set of locked requirements. Templates are kept by the
hash of all that they are made of, of which Postgres' port is one: a folder that is emptied keeps
its ports now, and with them its templates. Warming is six cold starts at once: it took 8 to 11 s
while each worker imported everything itself, and they are forked now from one that has
(`localstack/embedded/fork_server.py`)."""


def measure(bench: Bench) -> Findings:
    settings = replace(Settings(port=0), state=bench.folder / NAME)
    log = settings.state / "up.log"
    starts = {}
    try:
        for which in (FIRST, LATER, EMPTIED):
            if which == EMPTIED:
                # As BOXOFFICE_FRESH does it, which would take the log as well.
                StateFolder(settings.state).empty()
            with running_stack(settings):
                starts[which] = read(log.read_text())
            # Whoever waits for the next start looks for its end in the same file.
            log.unlink(missing_ok=True)
    finally:
        remove_home(settings.state / "postgres")
    return findings(starts)


def findings(starts: Mapping[str, Start]) -> Findings:
    rows = [
        [steps[0].name, *(f"{step.seconds:.1f} s {step.result}".rstrip() for step in steps)]
        for steps in zip(*(start.steps for start in starts.values()), strict=True)
    ]
    rows.append(["Ready", *(f"{start.seconds:.1f} s" for start in starts.values())])
    longest = ", ".join(f"{_longest(start)} ({which})" for which, start in starts.items())
    return Findings(
        "Start-up",
        _TEXT,
        [_kept(which, starts[which]) for which in KEPT],
        [Table("Seconds by step", ["Step", *starts], rows, f"Longest: {longest}.")],
        [],
    )


def _kept(which: str, start: Start) -> Goal:
    results = {step.name: step.result for step in start.steps}
    anew = [name for name, result in KEPT[which].items() if results.get(name) != result]
    return Goal(
        f"{which} start: made anew of {', '.join(KEPT[which])}",
        "nothing",
        ", ".join(anew) or "nothing",
        not anew,
    )


def _longest(start: Start) -> str:
    return max(start.steps, key=lambda step: step.seconds).name
