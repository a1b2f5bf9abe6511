"""The reconciler: whatever crashed, an order past its window is driven to an end.

It goes by the table in `decisions.py`: read what is, take the step, read again. It may break off
anywhere, run twice at once, or run beside a step of a saga that is still on its way.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, NamedTuple

from functions.orders.decisions import Stage, Step
from functions.orders.domain import Order
from functions.orders.neighbours import Payments, Seating
from functions.orders.sagas import Sagas
from functions.orders.steps import Facts, Steps
from functions.orders.store import Store
from functions.shared import correlation
from functions.shared.dynamodb import Refused
from functions.shared.observability import count, logger, observe_seconds
from functions.shared.problems import NotFound, Problem

# More than the longest way through the table; whoever else is at the order may cost a few turns.
_MOST_TURNS: Final = 20
_MOST_A_PARTITION: Final = 50
# How often an order is looked at that only a person can mend.
_LOOK_AGAIN: Final = timedelta(hours=1)

IN_TIME: Final = "in-time"
NOTHING: Final = "nothing"
WAITS: Final = "waits"
DAMAGED: Final = "damaged"
FAILED: Final = "failed"
LEFT: Final = "left"
_ENDS: Final[Mapping[Stage, str]] = {
    Stage.CONFIRMED: "confirmed",
    Stage.CANCELLED: "given-up",
    Stage.FAILED: "given-up",
    Stage.REFUNDED: "refunded",
    Stage.PARTIALLY_REFUNDED: "refunded",
}


class Reconciled(NamedTuple):
    """What became of an order: `confirmed`, `given-up` or `refunded` by these steps; `nothing` was
    to be done; `in-time`, so not touched; `waits` for somebody's answer; or `damaged`.
    """

    order_id: str
    outcome: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Reconciler:
    """`patience`: how long after an order was due its saga is over, or hangs."""

    store: Store
    seating: Seating
    payments: Payments
    sagas: Sagas
    patience: timedelta
    clock: Callable[[], float] = time.monotonic

    def sweep(self, now: datetime, seconds_left: float) -> Counter[str]:
        """Reconcile the open orders past their window, oldest first, while there is time.

        What became of how many; `left` are those that no time was left for, `failed` those of
        which an error is in the log.
        """
        deadline = self.clock() + seconds_left
        outcomes: Counter[str] = Counter()
        still_open: list[str] = []
        for order_id in self.store.overdue(now - self.patience, _MOST_A_PARTITION):
            in_time = self.clock() < deadline
            outcome = self._outcome(order_id, now) if in_time else LEFT
            outcomes[outcome] += 1
            # Of those that are left the first is as old as any, or nearly.
            if outcome in (WAITS, FAILED, DAMAGED) or (outcome, outcomes[LEFT]) == (LEFT, 1):
                still_open.append(order_id)
        self._observe_oldest(still_open, now)
        logger.info("swept", extra={"outcomes": dict(outcomes)})
        return outcomes

    def reconcile(self, order_id: str, now: datetime) -> Reconciled:
        """Drive one order to its end, or as far as it goes now. Raises NotFound.

        An order within its window is touched only if its saga has broken off.
        """
        order = self.store.find_order(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        about = {"orderId": order_id, "reservationId": order.reservation_id}
        with correlation.under(order.request_id, **about):
            return self._reconcile(order, now)

    def _reconcile(self, order: Order, now: datetime) -> Reconciled:
        order_id = order.order_id
        try:
            if self._is_in_time(order, now):
                return Reconciled(order_id, IN_TIME)
            reconciled = self._drive(order_id, now)
        except Problem as problem:
            if problem.status is not HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            logger.warning("an order waits", extra={"for": problem.detail})
            reconciled = Reconciled(order_id, WAITS)
        if reconciled.outcome != NOTHING:
            count("orders_reconciled_total", outcome=reconciled.outcome)
        extra = {"outcome": reconciled.outcome, "steps": reconciled.steps}
        logger.info("reconciled", extra=extra)
        return reconciled

    def _observe_oldest(self, order_ids: list[str], now: datetime) -> None:
        """How long ago the oldest of these was due; 0 if none of them is open."""
        orders = map(self.store.find_order, order_ids)
        late = [(now - order.due_at).total_seconds() for order in orders if order and order.due_at]
        observe_seconds("oldest_open_order_seconds", max(late, default=0))

    def _outcome(self, order_id: str, now: datetime) -> str:
        """One that fails does not hold up the others; the next pass tries it again."""
        try:
            outcome = self.reconcile(order_id, now).outcome
        except Exception:  # noqa: BLE001 - logged whole, and tried again
            logger.exception("not reconciled", extra={"orderId": order_id})
            count("orders_reconciled_total", outcome=FAILED)
            outcome = FAILED
        if outcome in (WAITS, FAILED):
            # Behind all others: while a provider is silent, each that waits for it takes long.
            with suppress(Refused):
                self.store.postpone(order_id, now - self.patience)
        return outcome

    def _is_in_time(self, order: Order, now: datetime) -> bool:
        due_at = order.due_at
        if due_at is None or now >= due_at + self.patience:
            return False
        runs = self.sagas.runs_of(order)
        return not runs or not runs[-1].is_broken_off

    def _drive(self, order_id: str, now: datetime) -> Reconciled:
        steps = Steps(self.store, self.seating, self.payments)
        facts = steps.read(order_id)
        if facts.cell.step is Step.DONE:
            return Reconciled(order_id, NOTHING)
        self._stop(facts.order)
        taken: list[Step] = []
        for _ in range(_MOST_TURNS):
            before, facts = facts, steps.read(order_id)
            step, is_contradiction = facts.cell
            is_same = before.where == facts.where
            # The three are read one after the other. That they ever were so at once is certain
            # only when two readings are the same, since none of the three goes back.
            if is_contradiction and not is_same:
                continue
            if is_contradiction:
                self._report(facts, now)
            if step in (Step.DONE, Step.DAMAGE):
                return Reconciled(order_id, _end(facts, taken), tuple(taken))
            if is_same and taken[-1:] == [step]:
                break  # Nothing has come of it yet: a verdict is unknown, say.
            steps.take(step, facts, now)
            taken.append(step)
        return Reconciled(order_id, WAITS, tuple(taken))

    def _stop(self, order: Order) -> None:
        """From here on nobody else drives it, but for a step that is on its way already."""
        for run in self.sagas.runs_of(order):
            if run.is_running:
                self.sagas.stop(run)

    def _report(self, facts: Facts, now: datetime) -> None:
        """Once for each contradiction; one that stays is looked at again, but not every minute."""
        order, finding = facts.order, " x ".join(facts.where)
        with suppress(Refused):
            self.store.report(order, finding, now)
            logger.error("contradiction", extra={"found": finding})
            count("orders_contradictory_total")
        if facts.cell.step is Step.DAMAGE and order.due_at is not None:
            with suppress(Refused):
                self.store.postpone(order.order_id, now + _LOOK_AGAIN)


def _end(facts: Facts, taken: list[Step]) -> str:
    if facts.cell.step is Step.DAMAGE:
        return DAMAGED
    return _ENDS[facts.where[2]] if taken else NOTHING
