"""Pastes every curl of the README into a shell and checks each answer: `python -m embedded.readme`.

A ```sh block is pasted as it stands, into the same shell as those before it; the ```json block that
follows is the answer it promises. What differs from run to run (ids, times, tokens) must only be of
the same kind; everything else must be equal.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from embedded.config import REPOSITORY

README = REPOSITORY / "README.md"
PRINTED_URL = "http://localhost:8080"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "--- end of block ---"
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
# Numbers that depend on what was sold before: an id by its name, a count by being about seats.
_COUNTED = re.compile(r"(^id$|Id$|^seatNumber$|^row$|Seats$|^[A-Z][\w ]*$)")


class Example(NamedTuple):
    """A block of commands, and the JSON it promises (None when it promises none)."""

    commands: str
    promised: Any | None


def examples(text: str) -> list[Example]:
    """Every pasteable block of a Markdown text, in order. Raises ValueError on broken JSON."""
    found: list[Example] = []
    for language, body in _FENCE.findall(text):
        if language == "sh":
            found.append(Example(body, None))
        elif language == "json" and found:
            found[-1] = found[-1]._replace(promised=json.loads(body))
    return found


def differences(promised: Any, answered: Any, at: str = "") -> list[str]:
    """Where an answer is not what was promised, as JSON pointers with a reason."""
    if isinstance(promised, dict) and isinstance(answered, dict):
        names = sorted(promised.keys() ^ answered.keys())
        found = [f"{at}/{name}: only in one of the two" for name in names]
        for name in promised.keys() & answered.keys():
            found += differences(promised[name], answered[name], f"{at}/{name}")
        return found
    if isinstance(promised, list) and isinstance(answered, list):
        found = [] if len(promised) == len(answered) else [f"{at}: another length"]
        for index, pair in enumerate(zip(promised, answered, strict=False)):
            found += differences(*pair, f"{at}/{index}")
        return found
    if promised == answered or _same_kind(at.rpartition("/")[2], promised, answered):
        return []
    return [f"{at}: promised {promised!r}, answered {answered!r}"]


def _same_kind(name: str, promised: Any, answered: Any) -> bool:
    if type(promised) is not type(answered):
        return False
    if isinstance(promised, str):
        if promised.endswith("..."):  # a token, shortened for the reader
            return bool(answered)
        if _COUNTED.search(name) and promised.isdigit():
            return bool(answered.isdigit())
        return any(kind.match(promised) and kind.match(answered) for kind in (_UUID, _TIME))
    return isinstance(promised, int) and bool(_COUNTED.search(name))


def paste(found: list[Example], url: str) -> list[str]:
    """What each block printed. Raises CalledProcessError if a command failed."""
    script = "".join(f"{example.commands}\necho; echo '{_MARK}'\n" for example in found)
    done = subprocess.run(  # noqa: S603 - the commands are the README's own
        ["/bin/bash", "-euo", "pipefail", "-c", script.replace(PRINTED_URL, url)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.split(_MARK + "\n")[: len(found)]


def check(readme: Path, url: str) -> list[str]:
    """Every promise of the README that the stack at `url` does not keep."""
    broken: list[str] = []
    found = examples(readme.read_text("utf-8"))
    for number, (example, printed) in enumerate(zip(found, paste(found, url), strict=True), 1):
        if example.promised is None:
            continue
        try:
            answered = json.loads(printed)
        except ValueError:
            broken.append(f"block {number}: no JSON, but: {printed.strip()[:200]}")
            continue
        broken += [f"block {number}{fault}" for fault in differences(example.promised, answered)]
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the README's requests against a stack.")
    parser.add_argument("--url", default=PRINTED_URL)
    arguments = parser.parse_args()
    broken = check(README, arguments.url)
    for fault in broken:
        sys.stdout.write(fault + "\n")
    count = len(examples(README.read_text("utf-8")))
    sys.stdout.write(f"{count} blocks pasted, {len(broken)} promises broken.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
