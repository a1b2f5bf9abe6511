"""The outbox is relayed each minute anyway; whoever waits for a mail need not wait for that."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import correlation
from functions.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


def send_off(functions: "LambdaClient", tasks_function: str) -> None:
    """Have the outbox relayed now, by somebody whom nobody waits for. Never raises."""
    relay = json.dumps({"task": "relay_outbox", **correlation.carried()}).encode()
    try:
        functions.invoke(FunctionName=tasks_function, InvocationType="Event", Payload=relay)
    except (BotoCoreError, ClientError):
        logger.exception("outbox left to the next minute")
