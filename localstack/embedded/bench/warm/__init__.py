"""What a warm handler's own work is: its CPU beside that of the calls which it makes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from embedded.bench.caller import connect
from embedded.bench.findings import Bench, Findings, Goal, Table
from embedded.bench.warm.acts import ACTS, Act, requests
from embedded.config import CREDENTIALS, REPOSITORY
from embedded.errors import StackError
from embedded.stack import RunningStack

NAME: Final = "warm"
GOAL: Final = 1.3
_PROGRAM: Final = "embedded.bench.warm.program"

_TEXT: Final = """\
Each handler is imported as it is deployed into a process of its own, carries out two requests and
then a third, of which every call to AWS and Postgres is recorded with its answer. From then on the
answers are played back at the wire: to the same request, and, by turns, to a bare handler that
makes the very same calls, by clients made alike and pg8000 without SQLAlchemy, and does nothing
else. Signing, encoding and parsing are in both, sockets in neither, so a ratio is worse here than
for a function that also has to send. Processor time of one request, the least of seven rounds of
twenty. A handler that asked for anything else than was recorded would end the measurement. Seats
are read anew each time: availability's own memory of a second is switched off.

Where the goal is missed: reserve and order by what a request is beside its calls, which is to check
its token's signature, to find and validate its route and body (Powertools), and to write one line
and its metrics; charge by SQLAlchemy, which executes each statement and each of eight short
transactions at about the price of pg8000 itself; availability by the list of free seats, which is
joined, hashed and sent. Tried, and kept: an answer is encoded once and not validated again, a
published map's seats are encoded once in a function's life, statements are built once, moments of
Postgres are read without `strptime`, and botocore's user agent is a word. Not tried: to
remember verified tokens, which would make this table look better and hardly a customer's request,
as the next one mostly meets another function."""


class CannotMeasure(StackError):  # noqa: N818 - what happened
    """A handler did not do what it must; the message is what it said."""


class Warm(NamedTuple):
    """Of one request: seconds of CPU, calls of AWS, statements; and where its own time goes."""

    shipped: float
    bare: float
    calls: int
    statements: int
    profile: list[list[Any]]

    @property
    def ratio(self) -> float:
        return self.shipped / self.bare


def measure(bench: Bench) -> Findings:
    stack = bench.stack()
    return findings({what: measured(bench, stack, what, act) for what, act in ACTS.items()})


def measured(bench: Bench, stack: RunningStack, what: str, act: Act) -> Warm:
    """Raises CannotMeasure."""
    function = stack.client("lambda").get_function_configuration(
        FunctionName=stack.names.function(act.domain, "api")
    )
    with connect(stack.url) as http:
        events = requests(http, act)
    variables: dict[str, str] = function["Environment"]["Variables"]
    folder = bench.folder / f"warm-{list(ACTS).index(what)}"
    folder.mkdir()
    wish, found = folder / "wish.json", folder / "found.json"
    wished = {
        "module": function["Handler"].rpartition(".")[0],
        "events": events,
        "database": _database(stack, act.domain),
        "uncached": act.uncached,
        "found": str(found),
    }
    wish.write_text(json.dumps(wished))
    environment = {
        "PATH": os.defpath,
        "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
        **variables,
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": stack.endpoint,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "localstack"), str(REPOSITORY)]),
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", _PROGRAM, str(wish)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotMeasure(f"{what}: {done.stdout[-3_000:]}{done.stderr[-3_000:]}")
    return Warm(**json.loads(found.read_text()))


def _database(stack: RunningStack, domain: str) -> dict[str, Any] | None:
    """How the bare handler's driver reaches it."""
    if domain not in stack.databases:
        return None
    here = stack.databases[domain]
    return {
        "user": here.user,
        "password": here.password,
        "host": here.host,
        "port": here.port,
        "database": here.name,
        "ssl_context": False,
    }


def findings(seen: Mapping[str, Warm]) -> Findings:
    rows = [
        [
            what,
            f"{1_000 * warm.shipped:.2f} ms",
            f"{1_000 * warm.bare:.2f} ms",
            f"{warm.ratio:.2f}",
            str(warm.calls),
            str(warm.statements),
        ]
        for what, warm in seen.items()
    ]
    columns = ["Request", "Shipped", "Bare", "Ratio", "Calls of AWS", "SQL statements"]
    return Findings(
        "Warm handlers",
        _TEXT,
        [_goal(what, warm) for what, warm in seen.items()],
        [Table("CPU of one request", columns, rows), *map(_profile, seen.items())],
        [],
    )


def _goal(what: str, warm: Warm) -> Goal:
    return Goal(
        f"CPU of {what}",
        f"at most {GOAL} times the bare calls",
        f"{warm.ratio:.2f}",
        warm.ratio <= GOAL,
    )


def _profile(named: tuple[str, Warm]) -> Table:
    what, warm = named
    rows = [[f"`{where}`", f"{calls:.0f}", f"{share:.1%}"] for where, calls, share in warm.profile]
    note = "By own time, of what the profiler sees, which makes small functions look larger."
    return Table(f"Top ten of {what}", ["Function", "Calls", "Share"], rows, note)
