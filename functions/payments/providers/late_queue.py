"""How the simulator reminds itself of a late charge."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import correlation
from functions.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class LateQueue:
    """Its messages are delivered to `late_charges.py` when a charge comes about."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def remind(self, charge_key: str, after: timedelta) -> None:
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps({"chargeKey": charge_key, **correlation.carried()}),
                # A second later than it comes about: clocks differ.
                DelaySeconds=int(after.total_seconds()) + 1,
            )
        except (BotoCoreError, ClientError):
            # It comes about all the same, and is found when somebody asks what became of it.
            logger.exception("no reminder of a late charge", extra={"charge": charge_key})
