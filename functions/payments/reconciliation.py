"""`python -m functions.payments.reconciliation`: do the providers say the same as our books?

Prints each difference on a line, then what was compared. Exit code 0: none; 1: some; 2: our books
or a provider's account could not be read.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.simulator_statement import SimulatorStatement
from functions.payments.providers.statement import Statement
from functions.payments.providers.stripe.statement import StripeStatement
from functions.payments.reconciling import Compared, compare
from functions.payments.store.entries import providers_since
from functions.shared.postgres import create_pool, transaction
from functions.shared.problems import Problem

EQUAL: Final = 0
DIFFERENT: Final = 1
UNREADABLE: Final = 2
# The relay has by then found out, twice over, what became of an answer that was lost.
GRACE_SECONDS: Final = 180
PAUSE_SECONDS: Final = 3.0


class NotConfigured(Exception):  # noqa: N818 - what the command then is
    """Nothing says where to read; the message says what would."""


def main() -> int:
    asked = _arguments()
    # What is logged of a store that is away is a page; here one line says it.
    logging.disable(logging.CRITICAL)
    try:
        engine = create_pool(make_url(_database_url(os.environ)))
        try:
            statements = _statements(engine, os.environ, asked.since)
            found = {
                each.provider: settle(lambda each=each: _compare(engine, each, asked))  # type: ignore[misc]
                for each in statements
            }
        finally:
            engine.dispose()
    except (NotConfigured, Problem, ArgumentError) as error:
        sys.stderr.write(f"Could not compare: {error}\n")
        return UNREADABLE
    sys.stdout.write(_as_json(found) if asked.json else _as_text(found))
    return DIFFERENT if any(each.differences for each in found.values()) else EQUAL


def settle(
    look: Callable[[], Compared], pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS)
) -> Compared:
    """A difference counts if a second look, a moment later, finds it just as it was."""
    first = look()
    if not first.differences:
        return first
    pause()
    again = look()
    lasting = [each for each in again.differences if each in first.differences]
    return again._replace(differences=lasting)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make reconcile", description=__doc__)
    parser.add_argument("--since", type=_moment, help="a day (UTC) or moment; else all of it")
    parser.add_argument(
        "--grace",
        type=int,
        default=GRACE_SECONDS,
        help="seconds for which what only a provider knows may be under way",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser.parse_args()


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _database_url(environment: Mapping[str, str]) -> str:
    """That of `make up`'s auditor, who may read it all and write nothing, unless told otherwise."""
    if environment.get("RECONCILE_DATABASE_URL"):
        return environment["RECONCILE_DATABASE_URL"]
    state = Path(environment.get("BOXOFFICE_STATE_DIR") or ".boxoffice")
    try:
        url: str = json.loads((state / "stack.json").read_text())["audit"]["database_url"]
    except (FileNotFoundError, KeyError) as error:
        raise NotConfigured(
            f"no stack runs on {state}. Start one with `make up`, or set RECONCILE_DATABASE_URL."
        ) from error
    return url


def _statements(
    engine: Engine, environment: Mapping[str, str], since: datetime | None
) -> Iterable[Statement]:
    """The accounts of all who may have moved money. The box office has none but ours."""
    known: list[Statement] = [SimulatorStatement(engine)]
    if environment.get("RECONCILE_STRIPE_KEY"):
        key = environment["RECONCILE_STRIPE_KEY"]
        known.append(StripeStatement(key, environment.get("RECONCILE_STRIPE_API")))
    with transaction(engine) as connection:
        asked = providers_since(connection, since)
    unread = asked - {each.provider for each in known} - {BOX_OFFICE}
    if unread:
        raise NotConfigured(
            f"there are payments by {', '.join(sorted(unread))}. For Stripe, set "
            "RECONCILE_STRIPE_KEY to a restricted key that may read PaymentIntents and refunds."
        )
    return known


def _compare(engine: Engine, statement: Statement, asked: argparse.Namespace) -> Compared:
    grace = timedelta(seconds=asked.grace)
    return compare(engine, statement, asked.since, datetime.now(UTC), grace)


def _as_text(found: Mapping[str, Compared]) -> str:
    lines = [str(difference) for each in found.values() for difference in each.differences]
    read = ", ".join(
        f"{each.charges:,} charges and {each.refunds:,} refunds of {provider}"
        for provider, each in found.items()
    )
    count = len(lines)
    summary = f"{count or 'No'} difference{'' if count == 1 else 's'}. Compared {read}."
    return "".join(f"{line}\n" for line in [*lines, summary])


def _as_json(found: Mapping[str, Compared]) -> str:
    document = {
        "differences": [
            {"name": difference.name, **difference._asdict()}
            for each in found.values()
            for difference in each.differences
        ],
        "compared": {
            provider: {"charges": each.charges, "refunds": each.refunds}
            for provider, each in found.items()
        },
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
