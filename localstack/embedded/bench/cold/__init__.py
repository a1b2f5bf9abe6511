"""What a function's cold start costs in processor time, beside the least that any could."""

from collections.abc import Sequence
from typing import Final

from embedded.bench.cold.functions import candidates, floor
from embedded.bench.cold.starts import Start, measure_starts, spent_on
from embedded.bench.findings import Bench, Findings, Goal, Table

NAME: Final = "cold"
# The least of three was still a matter of luck: one function was at 1.35 and at 1.52 of the floor.
ROUNDS: Final = 7
# Who keeps facts in Postgres also imports SQLAlchemy and a driver.
GOALS: Final = {
    "seating": 1.5,
    "orders": 1.5,
    "users": 2.2,
    "catalog": 2.2,
    "payments": 2.2,
}
_LOOKED_INTO: Final = ("seating-api", "orders-api", "users-api")
_PACKAGES_SHOWN: Final = 12
FLOOR: Final = "floor"

_TEXT: Final = f"""\
Each function is imported out of its bundle as it is deployed, but made for this machine
(`infra/bundles`): by an interpreter that has the bundle, boto3 and the standard library, compiled
beforehand, with the variables that the template sets. Processor time from before the import of the
handler until after it, the least of {ROUNDS} rounds, in which all functions take turns; an
interpreter's own start is not in it, and neither is fetching the bundle. The floor is a handler
that imports pydantic, defines one model and makes one boto3 client. Lambda's processor is another
and its Python newer: what carries over is the ratio."""


def measure(bench: Bench) -> Findings:
    functions = [floor(bench.folder), *candidates(bench.folder)]
    starts = measure_starts(functions, ROUNDS)
    looked_into = [one for one in functions if one.name in (FLOOR, *_LOOKED_INTO)]
    return findings(starts, {one.name: spent_on(one) for one in looked_into})


def findings(starts: dict[str, Start], spent: dict[str, dict[str, float]]) -> Findings:
    least = starts[FLOOR].seconds
    ratios = {name: start.seconds / least for name, start in starts.items()}
    rows = [
        [name, f"{start.seconds * 1_000:.0f} ms", f"{ratios[name]:.2f}", str(start.modules)]
        for name, start in sorted(starts.items(), key=lambda found: found[1].seconds)
    ]
    return Findings(
        "Cold starts",
        _TEXT,
        [_goal(domain, ratios) for domain in GOALS],
        [
            Table(
                "What importing a handler takes", ["Function", "CPU", "To floor", "Modules"], rows
            ),
            _packages(spent),
        ],
        [],
    )


def _goal(domain: str, ratios: dict[str, float]) -> Goal:
    own = {name: ratio for name, ratio in ratios.items() if name.split("-")[0] == domain}
    slowest = max(own, key=lambda name: own[name])
    goal = GOALS[domain]
    return Goal(
        f"Slowest start of {domain} ({slowest})",
        f"at most {goal} times the floor",
        f"{own[slowest]:.2f}",
        own[slowest] <= goal,
    )


def _packages(spent: dict[str, dict[str, float]]) -> Table:
    names: Sequence[str] = list(spent)
    most = {
        package: max(one.get(package, 0) for one in spent.values())
        for one in spent.values()
        for package in one
    }
    shown = sorted(most, key=lambda package: -most[package])[:_PACKAGES_SHOWN]
    rows = [
        [package, *(f"{spent[name].get(package, 0) * 1_000:.0f} ms" for name in names)]
        for package in shown
    ]
    return Table(
        "Where it goes",
        ["Package", *names],
        rows,
        "Time in a package's own modules, by `-X importtime`, which makes all of it slower.",
    )
