"""`python -m embedded.mutation [part of a file's name]`: exit code 1 below the goal."""

import argparse
import sys
import time
import tomllib
from pathlib import Path
from typing import Final

from embedded.config import REPOSITORY
from embedded.mutation.targets import TARGETS, Target
from embedded.mutation.trials import Copies, Trial

GOAL_PERCENT: Final = 85
_SURVIVORS: Final = Path(__file__).with_name("survivors.toml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="only files with this in their name")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="a sample: one mutant in so many")
    given = parser.parse_args()
    reasons = tomllib.loads(_SURVIVORS.read_text())
    copies = Copies(REPOSITORY / "build" / "mutation", given.at_once)
    missed = False
    for target in TARGETS:
        if given.only in target.module:
            started = time.monotonic()
            percent = _report(target, list(copies.try_all(target, given.every)), reasons)
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
            missed |= percent < GOAL_PERCENT
    sys.exit(missed)


def _report(target: Target, trials: list[Trial], reasons: dict[str, dict[str, str]]) -> float:
    survivors = [trial.mutant.change for trial in trials if not trial.is_killed]
    percent = 100 * (1 - len(survivors) / len(trials)) if trials else 100.0
    print(f"{target.module}: {len(trials)} mutants, {percent:.1f} % killed", flush=True)
    known = reasons.get(target.module, {})
    for change in survivors:
        print(f"    {change}\n        {known.get(change, 'WITHOUT A REASON')}")
    return percent


if __name__ == "__main__":
    main()
