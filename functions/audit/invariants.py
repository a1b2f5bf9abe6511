"""I1 to I11 of DESIGN.md, as functions on facts: pure, and knowing no domain's code.

A fault is told once, by the invariant that is nearest to it. A seat that was sold twice is I1,
though one of its tickets is then without an allocated seat; a seat missing from a running hold is
I7, though its reservation then owns some seats and not others.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.audit.charges import one_charge_is_kept, provider_agrees
from functions.audit.facts import Facts
from functions.audit.holds import (
    holds_keep_their_seats,
    paying_seats_stay,
    reservations_own_all_or_none,
)
from functions.audit.money import charged_orders_have_tickets_or_money_back, live_tickets_are_paid
from functions.audit.rest import nothing_is_stuck, nothing_waits
from functions.audit.seats import seats_are_free_or_claimed, slots_are_a_recount
from functions.audit.tickets import (
    live_tickets_seat_is_allocated,
    one_live_ticket_a_seat,
    refunded_tickets_are_void,
)
from functions.audit.view import Clock, View
from functions.audit.violation import Violation

TOLERANCE: Final = timedelta(seconds=5)
# The saga asks for a verdict for nine minutes before it parks; the reconciler comes each minute.
ALLOWANCE: Final = timedelta(minutes=30)

ALWAYS: Final[tuple[Callable[[View], Iterator[Violation]], ...]] = (
    one_live_ticket_a_seat,
    live_tickets_seat_is_allocated,
    live_tickets_are_paid,
    one_charge_is_kept,
    provider_agrees,
    charged_orders_have_tickets_or_money_back,
    refunded_tickets_are_void,
    holds_keep_their_seats,
    paying_seats_stay,
    nothing_is_stuck,
    seats_are_free_or_claimed,
    slots_are_a_recount,
    reservations_own_all_or_none,
)


def violations(
    facts: Facts,
    now: datetime,
    *,
    at_rest: bool = False,
    tolerance: timedelta = TOLERANCE,
    allowance: timedelta = ALLOWANCE,
) -> list[Violation]:
    """Every violation, by invariant.

    `at_rest` also asks that nothing is under way. `tolerance` is by how much the clocks of those
    who wrote may differ from `now`; `allowance` how long after its window an order, or after
    voiding its tickets a refund, may still be open.
    """
    view = View(facts, Clock(now, tolerance, allowance))
    checks = (*ALWAYS, nothing_waits) if at_rest else ALWAYS
    return [found for check in checks for found in check(view)]
