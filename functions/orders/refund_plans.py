"""What a refund that somebody asks for comes to: its id, its tickets, its money.

Both doors lead here. The same wish comes to the same refund, however often and by whichever door it
is asked. Nothing is written: what is left is decided in the write that voids (`refunds.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from functions.orders.domain import GIVEN_UP, REFUNDABLE, Order, OrderStatus, ticket_id_of
from functions.orders.problems import (
    MoreThanCaptured,
    OrderNotConfirmed,
    OrderNotRefundable,
    RefundInProgress,
    RefundNotOffered,
)
from functions.orders.refund_terms import (
    RefundStatus,
    RefundWanted,
    amount_refund_id_of,
    policy_refund_id_of,
    tickets_refund_id_of,
    whole_refund_id_of,
)
from functions.orders.refunds import Refunds
from functions.orders.store import Store
from functions.shared.problems import Forbidden, IdempotencyKeyRequired, ValidationFailed

Seats = tuple[int, ...]


class RefundWish(NamedTuple):
    """Tickets, an amount, both, or neither: then all that there is. `as_organizer`: of the event,
    or an ADMIN. `asked_as` names a request for an amount.
    """

    payment_id: str
    ticket_ids: frozenset[str] | None = None
    amount_cents: int | None = None
    reason: str = "requested"
    as_organizer: bool = False
    is_forced: bool = False
    asked_as: str | None = None


class RefundPlan(NamedTuple):
    """`is_closed`: it was asked for before, and is done."""

    wanted: RefundWanted
    is_closed: bool = False


@dataclass(frozen=True)
class RefundPlans:
    store: Store

    def plan(self, order: Order, wish: RefundWish, now: datetime) -> RefundPlan:
        """Raises ValidationFailed, Forbidden, IdempotencyKeyRequired, MoreThanCaptured,
        OrderNotConfirmed, OrderNotRefundable, RefundInProgress, RefundNotOffered and TicketUsed.
        """
        if order.status is OrderStatus.PENDING:
            raise OrderNotConfirmed(
                "It is paid, and being confirmed; ask again in a moment.", retryAfter=1
            )
        if order.status in GIVEN_UP:
            raise OrderNotRefundable(f"Order {order.order_id} is {order.status}.")
        seat_ids, asked_cents = _seats_named(order, wish), wish.amount_cents
        wish = self._without_whole_amount(order, wish, seat_ids)
        _check_rights(order, wish)
        for refund_id in _ids_of(wish, seat_ids):
            known = self._known(order, refund_id)
            if known is not None:
                return known
        wanted = self._new(order, wish, seat_ids, now)
        if asked_cents != wish.amount_cents and wanted.amount_cents is not None:
            raise RefundNotOffered(
                f"By the event's policy {wanted.amount_cents} go back; name no amount to have that."
            )
        if not wish.is_forced:
            taken = order.live_seat_ids if wanted.seat_ids is None else wanted.seat_ids
            Refunds(self.store).check_unused(order.order_id, taken)
        return RefundPlan(wanted._replace(reason=wish.reason, is_forced=wish.is_forced))

    def _known(self, order: Order, refund_id: str) -> RefundPlan | None:
        refund = self.store.find_refund(order.order_id, refund_id)
        if refund is None:
            return None
        wanted = RefundWanted(refund_id, refund.seat_ids, refund.amount_cents, refund.reason)
        return RefundPlan(wanted, is_closed=refund.status is RefundStatus.CLOSED)

    def _without_whole_amount(
        self, order: Order, wish: RefundWish, seat_ids: Seats | None
    ) -> RefundWish:
        """To ask for all that was paid, while all of it is there, is to ask for all there is."""
        if seat_ids is not None or wish.amount_cents != order.amounts.total_cents:
            return wish
        whole = self.store.find_refund(order.order_id, whole_refund_id_of(wish.payment_id))
        is_all_there = order.refunded_cents == 0
        return wish._replace(amount_cents=None) if whole or is_all_there else wish

    def _new(
        self, order: Order, wish: RefundWish, seat_ids: Seats | None, now: datetime
    ) -> RefundWanted:
        _check_open(order, seat_ids)
        if wish.amount_cents is not None:
            return _of_amount(order, wish, seat_ids, wish.amount_cents)
        if wish.as_organizer:
            return RefundWanted(_ids_of(wish, seat_ids)[0], seat_ids)
        return _by_policy(order, wish, seat_ids, now)


def _seats_named(order: Order, wish: RefundWish) -> Seats | None:
    """None for all of them. Raises ValidationFailed for tickets of others."""
    if wish.ticket_ids is None:
        return None
    seats = {ticket_id_of(order.order_id, line.seat_id): line.seat_id for line in order.lines}
    if not wish.ticket_ids <= seats.keys():
        raise ValidationFailed.at("/ticketIds", "Some of these are no tickets of this order.")
    if wish.ticket_ids == seats.keys() and wish.amount_cents in (None, order.amounts.total_cents):
        return None
    return tuple(seat_id for ticket_id, seat_id in seats.items() if ticket_id in wish.ticket_ids)


def _check_rights(order: Order, wish: RefundWish) -> None:
    """Raises MoreThanCaptured, Forbidden, IdempotencyKeyRequired, ValidationFailed."""
    if wish.amount_cents is not None and wish.amount_cents > order.amounts.total_cents:
        raise MoreThanCaptured(f"{order.amounts.total_cents} was captured.")
    if wish.is_forced and not wish.as_organizer:
        raise Forbidden("Only the event's organizer refunds a ticket that was used.")
    if wish.amount_cents is None:
        return
    if not wish.as_organizer:
        raise Forbidden("Only the event's organizer names an amount; name tickets instead.")
    if wish.ticket_ids is None:
        if wish.asked_as is None:
            raise IdempotencyKeyRequired("Two refunds of one amount are told apart by it alone.")
        if wish.amount_cents == 0:
            raise ValidationFailed.at("/amountCents", "There is nothing to give back in this.")


def _ids_of(wish: RefundWish, seat_ids: Seats | None) -> tuple[str, ...]:
    """Under which this wish may have been carried out before; a new refund has the first."""
    if wish.amount_cents is not None and wish.ticket_ids is None:
        return (amount_refund_id_of(wish.payment_id, str(wish.asked_as)),)
    if seat_ids is not None:
        return (tickets_refund_id_of(wish.payment_id, wish.ticket_ids or ()),)
    whole = whole_refund_id_of(wish.payment_id)
    return (whole,) if wish.as_organizer else (whole, policy_refund_id_of(wish.payment_id))


def _check_open(order: Order, seat_ids: Seats | None) -> None:
    """Raises RefundInProgress, OrderNotRefundable."""
    if order.refund_id is not None:
        raise RefundInProgress("Ask again when it is done.", retryAfter=2)
    if order.status not in REFUNDABLE:
        raise OrderNotRefundable(f"Order {order.order_id} is {order.status}.")
    if seat_ids is not None and not set(seat_ids) <= set(order.live_seat_ids):
        raise OrderNotRefundable("Some of these tickets were refunded before.")


def _of_amount(
    order: Order, wish: RefundWish, seat_ids: Seats | None, amount_cents: int
) -> RefundWanted:
    most_cents = order.left_cents
    if seat_ids is not None:
        most_cents = min(most_cents, sum(order.shares[seat_id] for seat_id in seat_ids))
    if amount_cents > most_cents:
        raise MoreThanCaptured(f"{most_cents} is left of this.")
    return RefundWanted(_ids_of(wish, seat_ids)[0], seat_ids or (), amount_cents)


def _by_policy(
    order: Order, wish: RefundWish, seat_ids: Seats | None, now: datetime
) -> RefundWanted:
    """A customer's. Its tickets are named, so that it takes none that it was not asked for."""
    percent = order.refund_policy.percent_at(now) if order.refund_policy else 100
    taken = order.live_seat_ids if seat_ids is None else seat_ids
    if not taken:
        raise OrderNotRefundable("No ticket of this order is left.")
    if percent == 0:
        raise RefundNotOffered("It is too late for that; the tickets stay valid.")
    shares = [order.shares[seat_id] for seat_id in taken]
    refund_id = _ids_of(wish, seat_ids)[0]
    if seat_ids is None and (percent < 100 or sum(shares) < order.left_cents):
        # It leaves some of the money, which the whole refund may still give back one day.
        refund_id = policy_refund_id_of(wish.payment_id)
    amount_cents = None if percent == 100 else sum(share * percent // 100 for share in shares)
    return RefundWanted(refund_id, taken, amount_cents)
