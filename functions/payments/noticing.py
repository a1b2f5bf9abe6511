"""What becomes of a provider's notice: the same as of its answer, whichever comes first."""

import json
from datetime import datetime

from functions.payments.cashier import Cashier
from functions.payments.charging import record
from functions.payments.providers.notices import DISPUTE, REFUND_FAILED, Notice, read_notice
from functions.payments.store import attempts, notices
from functions.shared.observability import count, logger
from functions.shared.postgres import transaction


def take_notice(cashier: Cashier, provider: str, body: str, now: datetime) -> bool:
    """Act on what a provider said. False if it had said so before.

    Raises ContradictoryCapture for money that was not due, and ServiceUnavailable; the notice is
    as if it had never come then.
    """
    notice = read_notice(provider, json.loads(body))
    with transaction(cashier.engine) as connection:
        if notices.is_known(connection, provider, notice.notice_id):
            return False
    # Before it is written down as known: this may be repeated, but not left out.
    _act(cashier, provider, notice, now)
    with transaction(cashier.engine) as connection:
        notices.add(connection, provider, notice.notice_id, notice.kind, now)
    return True


def _act(cashier: Cashier, provider: str, notice: Notice, now: datetime) -> None:
    if notice.kind == REFUND_FAILED:
        # The customer's bank sent it back: only a person can find another way to pay it.
        logger.error("a refund failed", extra={"notice": notice.notice_id})
        count("payments_refunds_failed_total")
    if notice.kind == DISPUTE:
        # The money is gone and the tickets are live: whether they should be is for the organizer.
        logger.error("a charge is disputed", extra={"notice": notice.notice_id})
        count("payments_disputed_total")
    if notice.charge_key is None or notice.answer is None:
        logger.info("nothing to do", extra={"notice": notice.notice_id, "kind": notice.kind})
        return
    with transaction(cashier.engine) as connection:
        attempt = attempts.find(connection, notice.charge_key)
    if attempt is None or attempt.provider != provider:
        logger.warning("not a charge of ours", extra={"notice": notice.notice_id})
        return
    record(cashier, attempt, notice.answer, now)
