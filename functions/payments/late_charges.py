"""The simulator's second thoughts: a late charge comes about, and is told by a signed webhook;
deployed as `payments-simulator` where the simulator takes the cards.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from functions.payments.providers.notices import SIGNATURE_HEADERS, capture_notice
from functions.payments.providers.signatures import sign
from functions.payments.providers.simulator import Simulator
from functions.payments.settings import LateChargesSettings
from functions.payments.webhook_secrets import WebhookSecrets
from functions.shared import aws, correlation
from functions.shared.observability import logger
from functions.shared.postgres import create_pool

settings = LateChargesSettings.from_environment()
simulator = Simulator(create_pool(settings.url))
secrets = WebhookSecrets(aws.secrets(), settings.webhook_secrets_arn)
functions = aws.functions()


class NotReceived(Exception):  # noqa: N818 - said again when the message is delivered again
    """Our webhook did not take a notice."""


def handler(event: dict[str, Any], _context: Any) -> None:
    """Raises ProviderInProgress before a charge's time, and NotReceived; then it is repeated."""
    for message in event["Records"]:
        reminder = json.loads(message["body"])
        with correlation.under(reminder.get(correlation.FIELD)):
            _tell(reminder["chargeKey"], datetime.now(UTC))


def _tell(charge_key: str, now: datetime) -> None:
    captured = simulator.find(charge_key)
    if captured is None:
        raise LookupError(f"The simulator knows no charge {charge_key}.")
    body = json.dumps(capture_notice(charge_key, captured, now))
    [secret, *_] = secrets.of(Simulator.name)
    request = {
        "httpMethod": "POST",
        "path": f"/v1/payments/webhook/{Simulator.name}",
        "headers": {
            "Content-Type": "application/json",
            "X-Request-Id": correlation.current(),
            SIGNATURE_HEADERS[Simulator.name]: sign(body, secret, now),
        },
        "body": b64encode(body.encode()).decode(),
        "isBase64Encoded": True,
        "queryStringParameters": None,
        "requestContext": {"requestId": charge_key},
    }
    reply = functions.invoke(
        FunctionName=settings.payments_webhooks_function, Payload=json.dumps(request).encode()
    )
    answer = json.loads(reply["Payload"].read())
    if reply.get("FunctionError") or answer["statusCode"] != 200:
        raise NotReceived(f"The webhook answered {answer}.")
    logger.info("late charge told", extra={"charge": charge_key})
