"""The provider's side: money that comes when nobody waits for it, and what it keeps in the end."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ReadTimeoutError
from sqlalchemy import text

from functions.audit.facts import Facts
from functions.payments.noticing import take_notice
from functions.payments.providers.notices import capture_notice
from functions.payments.providers.port import Answer
from functions.payments.store import attempts, payments
from functions.shared.problems import ServiceUnavailable
from statemachines.tests.world.switchboard import Crash
from statemachines.tests.world.world import World

_TAKE: Final = text(
    "UPDATE simulator_charges SET outcome = 'CAPTURED', transaction_id = 'late',"
    " currency = payments.currency, amount_cents = payments.amount_cents FROM payments"
    " WHERE payment_id = :payment AND key = :attempt AND outcome = 'CANCELLED'"
)


def cancelled_attempts(facts: Facts) -> list[str]:
    """Attempts of which the provider said that they were cancelled."""
    return [key for key, attempt in facts.books.attempts.items() if attempt.outcome == "CANCELLED"]


def capture_late(world: World, attempt_key: str) -> None:
    """It is captured nevertheless, and the provider says so until it is heard."""
    with world.engine.begin() as connection:
        attempt = attempts.get(connection, attempt_key)
        connection.execute(_TAKE, {"payment": attempt.payment_id, "attempt": attempt_key})
        due = payments.get(connection, attempt.payment_id)
    captured = Answer.captured("late", due.amount_cents, due.currency)
    notice = json.dumps(capture_notice(attempt_key, captured, world.clock.now))
    is_heard = False
    while not is_heard:
        try:
            take_notice(world.cashier, attempt.provider, notice, world.clock.now)
            is_heard = True
        except (Crash, ServiceUnavailable, ReadTimeoutError):
            continue
    world.run()


def charged_twice(facts: Facts, late: set[str]) -> Iterator[str]:
    """The audit allows a second charge that is given back; none is made, but for late ones."""
    assert facts.books.provider is not None
    captured = Counter(
        attempt.payment_id
        for key, attempt in facts.books.attempts.items()
        if key in facts.books.provider.charges.keys() - late
        and facts.books.provider.charges[key].outcome == "CAPTURED"
    )
    for payment_id, charges in captured.items():
        if charges > 1:
            yield f"payment {payment_id} was charged {charges} times"


def accounts_differ(facts: Facts) -> Iterator[str]:
    """What the provider has kept against what was sold."""
    assert facts.books.provider is not None
    kept_cents = sum(
        charge.amount_cents - charge.refunded_cents
        for charge in facts.books.provider.charges.values()
        if charge.outcome == "CAPTURED"
    )
    sold_cents = sum(
        order.total_cents - order.refunded_cents
        for order in facts.sales.orders.values()
        if order.status in ("CONFIRMED", "PARTIALLY_REFUNDED")
    )
    if kept_cents != sold_cents:
        yield f"the provider keeps {kept_cents} cents, and {sold_cents} were sold"
