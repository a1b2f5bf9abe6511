"""Reads the queue of what providers told us; deployed as `payments-notices`.

A notice that can't be acted on is delivered again, and goes to the queue of failures at last.
"""

import json
from datetime import UTC, datetime
from typing import Any

from functions.payments.cashier import Cashier
from functions.payments.noticing import take_notice
from functions.payments.settings import PaymentsSettings
from functions.shared import correlation
from functions.shared.observability import flush_metrics, logger

cashier = Cashier.open(PaymentsSettings.from_environment())


def handler(event: dict[str, Any], _context: Any) -> None:
    """Raises what kept a notice from being acted on; those before it have been, for good."""
    try:
        for message in event["Records"]:
            said = json.loads(message["body"])
            with correlation.under(said.get(correlation.FIELD)):
                is_news = take_notice(cashier, said["provider"], said["body"], datetime.now(UTC))
                logger.info("notice taken", extra={"provider": said["provider"], "isNews": is_news})
    finally:
        flush_metrics()
