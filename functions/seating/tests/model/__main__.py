"""`make model`: search every world whole, take every rule out, and print what was found."""

import sys
from collections.abc import Iterator
from dataclasses import replace

from functions.seating.tests.model.defects import DEFECTS, GUARDS, flawed
from functions.seating.tests.model.removals import REMOVALS
from functions.seating.tests.model.search import Found, Search
from functions.seating.tests.model.settings import ALONE, LONG, SHORT
from functions.seating.tests.model.world import World


def main(arguments: list[str]) -> int:
    """With words: only what has it in its name, and the way to each finding."""
    word = " ".join(arguments)
    print(f"{'states':>10} {'edges':>11} {'seconds':>8}  found")
    unexpected = 0
    for name, found, wanted in _searches(word):
        what = {way.what for way in found.ways} or {"nothing"}
        is_right = found.is_complete or bool(found.ways)
        is_right &= any(each.startswith(wanted) for each in what) if wanted else not found.ways
        unexpected += not is_right
        flag = "" if is_right else "  UNEXPECTED"
        size = f"{found.states:10,} {found.edges:11,} {found.seconds:8.1f}"
        print(f"{size}  {name}: {'; '.join(sorted(what))}{flag}", flush=True)
        if word or not is_right:
            print(*found.ways, sep="\n")
    return min(unexpected, 1)


def _searches(word: str) -> Iterator[tuple[str, Found, str]]:
    for setting in (*SHORT, *LONG):
        if word in setting.name:
            yield setting.name, Search(World(setting)).run(settles=True), ""
    for defect in DEFECTS:
        if word in defect.name:
            yield f"without: {defect.name}", defect.search(), defect.breaks
    for flaw in GUARDS:
        if word in flaw.value:
            world = replace(flawed(flaw)(World(ALONE)), forgets=True)
            yield f"guard: {flaw.value}", Search(world).run(settles=True), ""
    for removal in REMOVALS:
        if word in removal.name:
            yield removal.name, removal.search(whole=True), removal.breaks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
