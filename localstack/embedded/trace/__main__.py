"""`python -m embedded.trace <order id>`: the whole story of one order, in order of time.

Of the stack on BOXOFFICE_STATE_DIR, or of an environment on AWS by `--on staging`, with the
credentials of whoever asks. Exit code 0: told; 1: nothing is known of such an order, or nothing
could be read.
"""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from embedded.aws import client
from embedded.config import ACCOUNT, REGION
from embedded.errors import StackError
from embedded.stack import RunningStack
from embedded.trace.executions import Execution, executions_of
from embedded.trace.following import Story, follow
from embedded.trace.sources import CloudWatchLogs, LogFile
from embedded.trace.telling import tell
from infra.names import Names

_LOCAL: Final = "local"
_MACHINES: Final = ("booking", "refund")


def main() -> int:
    asked = _arguments()
    try:
        order_id = str(UUID(asked.order))
    except ValueError:
        return _fail(f"{asked.order!r} is no order's id, which is a UUID.")
    names = Names(asked.on)
    try:
        story, executions = (
            _of_this_machine(names, order_id)
            if asked.on == _LOCAL
            else _of_aws(names, order_id, asked.days)
        )
    except (StackError, BotoCoreError, ClientError) as error:
        return _fail(str(error).splitlines()[0])
    if not story.lines and not story.reads and not executions:
        return _fail(f"Nothing is known of an order {order_id}: no line of a log names it.")
    sys.stdout.write(tell(story, executions, names.prefix, with_reads=asked.reads))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make trace", description=__doc__)
    parser.add_argument("order", help="the order's id")
    parser.add_argument("--reads", action="store_true", help="requests that only read, too")
    parser.add_argument("--on", default=_LOCAL, metavar="ENVIRONMENT", help="one on AWS")
    parser.add_argument("--days", type=float, default=1, help="how far to look back on AWS")
    return parser.parse_args()


def _of_this_machine(names: Names, order_id: str) -> tuple[Story, list[Execution]]:
    """By its logs; and by what the emulator knows of executions, if it runs."""
    state = Path(os.environ.get("BOXOFFICE_STATE_DIR") or ".boxoffice")
    story = follow(order_id, LogFile(state / "logs" / "functions.log"))
    try:
        endpoint = RunningStack.of(state).endpoint
    except FileNotFoundError:
        sys.stderr.write("The stack does not run: what its state machines did is not known.\n")
        return story, []
    return story, _executions(client("stepfunctions", endpoint), REGION, ACCOUNT, names, story)


def _of_aws(names: Names, order_id: str, days: float) -> tuple[Story, list[Execution]]:
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    now = datetime.now(UTC)
    logs = CloudWatchLogs(session.client("logs"), names.prefix, now - timedelta(days=days), now)
    story = follow(order_id, logs)
    machines = session.client("stepfunctions")
    return story, _executions(machines, session.region_name, account, names, story)


def _executions(
    machines: Any, region: str, account: str, names: Names, story: Story
) -> list[Execution]:
    arns = {
        machine: f"arn:aws:states:{region}:{account}:stateMachine:{names.state_machine(machine)}"
        for machine in _MACHINES
    }
    return executions_of(machines, arns, story.order_id, story.subjects.get("refundId", []))


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
