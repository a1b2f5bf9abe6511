"""`python -m functions.users.key_rotation`: take the next step of a rotation of token keys.

Called again and again, it does what is due (token_keys.py): publish, promote, retire.
Exit code 0: a step was taken; 1: none is due yet, and when one is; 2: the keys can't be reached.
With --now, for a key that is not to be trusted any more, another signs at once and no token of
those before it is good.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.users.token_keys import (
    NotDue,
    NoTokenKeys,
    Place,
    Placed,
    Step,
    TokenKeys,
    next_step,
)

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

TAKEN: Final = 0
NOT_DUE: Final = 1
UNREACHED: Final = 2
LOCAL: Final = "local"

_DONE: Final = {
    Step.PUBLISH: "Published a new key. It signs once it is promoted.",
    Step.PROMOTE: "Promoted: the new key signs within five minutes, the one before still verifies.",
    Step.RETIRE: "Retired the key before: its tokens are good no more, and KMS will delete it.",
}


class NotConfigured(Exception):  # noqa: N818 - what the command then is
    """Nothing says where the keys are; the message says what would."""


def main() -> int:
    asked = _arguments()
    try:
        kms = _kms(asked.environment, os.environ)
        keys = TokenKeys(kms, f"alias/boxoffice-{asked.environment}-token")
        if asked.now:
            keys.replace_now()
            sys.stdout.write("Another key signs. No token of those before it is good any more.\n")
        else:
            sys.stdout.write(f"{_DONE[keys.rotate(datetime.now(UTC))]}\n")
        sys.stdout.write(_standing(keys.places()))
    except NotDue as refusal:
        sys.stdout.write(f"{refusal}\n{_standing(keys.places())}")
        return NOT_DUE
    except (NotConfigured, NoTokenKeys, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"Could not rotate: {error}\n")
        return UNREACHED
    return TAKEN


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rotate-keys", description=__doc__)
    parser.add_argument("--environment", default=LOCAL, help="local (the default) or another")
    parser.add_argument("--now", action="store_true", help="trust no key that was there before")
    return parser.parse_args()


def _kms(environment: str, variables: Mapping[str, str]) -> "KMSClient":
    """By the operator's own credentials; here, as `make up` says."""
    if environment != LOCAL:
        return boto3.client("kms")
    state = Path(variables.get("BOXOFFICE_STATE_DIR") or ".boxoffice")
    try:
        aws = json.loads((state / "stack.json").read_text())["audit"]["aws"]
    except (FileNotFoundError, KeyError) as error:
        raise NotConfigured(
            f"no stack runs on {state}. Start one with `make up`, or name another --environment."
        ) from error
    return boto3.client("kms", **aws)


def _standing(places: Mapping[Place, Placed]) -> str:
    lines = [
        f"  {place:<8}  {places[place].key_id}  since {places[place].since:%Y-%m-%d %H:%M} UTC"
        for place in Place
        if place in places
    ]
    step, due_at = next_step(places)
    soonest = max(due_at, datetime.now(UTC))
    lines.append(f"Next: {step}, from {soonest:%Y-%m-%d %H:%M} UTC on.")
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
