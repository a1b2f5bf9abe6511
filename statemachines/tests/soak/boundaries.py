"""The moments at which something closes: a step to just there is worth a thousand elsewhere."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.audit.facts import Facts
from functions.payments.domain import ANSWER_GRACE
from statemachines.tests.world.world import WINDOWS

_MARGIN: Final = timedelta(seconds=WINDOWS.payment_margin_seconds)
_RECONCILED: Final = timedelta(seconds=WINDOWS.reconcile_after_seconds)


def boundaries(facts: Facts, now: datetime) -> list[datetime]:
    """Those to come, the next one first."""
    return sorted({at for at in _all(facts) if at > now + timedelta(seconds=1)})


def _all(facts: Facts) -> Iterator[datetime]:
    for record in facts.seating.records.values():
        yield record.expires_at
    for order in facts.sales.orders.values():
        yield order.expires_at - _MARGIN
        yield order.expires_at
        # The saga stops waiting, and later the reconciler takes it up.
        yield order.expires_at + 2 * _MARGIN
        yield order.expires_at + _RECONCILED
        yield order.updated_at + ANSWER_GRACE
