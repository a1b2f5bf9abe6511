"""`python -m functions.audit`: are all promises kept, in everything that is stored?

Prints each violation on a line, then what was read. Exit code 0: none; 1: some; 2: a store could
not be read.
"""

import argparse
import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import SQLAlchemyError

from functions.audit.invariants import TOLERANCE
from functions.audit.looking import Audited
from functions.audit.running import Asked, described, run
from functions.audit.settings import NotConfigured, Settings

CLEAN: Final = 0
BROKEN: Final = 1
UNREADABLE: Final = 2


def main() -> int:
    asked = _arguments()
    started = time.monotonic()
    try:
        audited = _audit(asked)
    except (NotConfigured, BotoCoreError, ClientError, SQLAlchemyError) as error:
        # One line: what a driver adds is a page of SQL and links.
        sys.stderr.write(f"Could not read the stores: {str(error).splitlines()[0]}\n")
        return UNREADABLE
    seconds = time.monotonic() - started
    sys.stdout.write(_as_json(audited, seconds) if asked.json else _as_text(audited, seconds))
    return BROKEN if audited.violations else CLEAN


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--at-rest", action="store_true", help="nothing may be under way either")
    parser.add_argument("--event", type=int, help="tell only of this event (and of money at large)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--segments", type=int, default=2, help="parallel scans of a table")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE.total_seconds(),
        help="seconds by which clocks may differ",
    )
    return parser.parse_args()


def _audit(asked: argparse.Namespace) -> Audited:
    state = Path(os.environ.get("BOXOFFICE_STATE_DIR") or ".boxoffice")
    wanted = Asked(
        at_rest=asked.at_rest,
        event_id=asked.event,
        segments=asked.segments,
        tolerance=timedelta(seconds=asked.tolerance),
    )
    return run(Settings.read(os.environ, state), wanted)


def _as_text(audited: Audited, seconds: float) -> str:
    read = ", ".join(f"{count:,} {kind}" for kind, count in audited.counts.items())
    found = len(audited.violations)
    summary = (
        f"{found or 'No'} violation{'' if found == 1 else 's'}. Read {read} in {seconds:.1f} s; "
        f"looked twice at {audited.suspects}."
    )
    return "".join(f"{line}\n" for line in [*map(str, audited.violations), summary])


def _as_json(audited: Audited, seconds: float) -> str:
    document = {
        "violations": [described(violation) for violation in audited.violations],
        "read": audited.counts,
        "lookedTwiceAt": audited.suspects,
        "seconds": round(seconds, 2),
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
