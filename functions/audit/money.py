"""I3 and I5: tickets have their money, and money has its tickets."""

from collections.abc import Iterable, Iterator

from functions.audit.facts import Order, Payment
from functions.audit.returns import refunds_give_what_they_took, shares_of
from functions.audit.view import CONFIRMED_ONCE, GIVEN_UP, View
from functions.audit.violation import Ids, Violation


def live_tickets_are_paid(view: View) -> Iterator[Violation]:
    """I3. A live ticket that was refunded is I6's to say."""
    seats: dict[str, list[int]] = {}
    prices: dict[str, int] = {}
    for ticket in view.live_tickets:
        if not view.is_refunded(ticket):
            seats.setdefault(ticket.order_id, []).append(ticket.seat_id)
            prices[ticket.order_id] = prices.get(ticket.order_id, 0) + ticket.price_cents
    for order_id, seat_ids in seats.items():
        order, payment = view.facts.sales.orders.get(order_id), view.payments.get(order_id)
        due_cents = prices[order_id]
        if order is not None:
            shares = shares_of(order)
            due_cents = sum(shares.get(seat_id, 0) for seat_id in seat_ids)
        kept_cents = _kept(payment) + _goodwill(view, order_id)
        if kept_cents < due_cents:
            message = f"live tickets of {due_cents} cents are paid with {kept_cents}"
            yield Violation("I3", message, _ids(order_id, order, payment))


def charged_orders_have_tickets_or_money_back(view: View) -> Iterator[Violation]:
    """I5."""
    for order in view.facts.sales.orders.values():
        payment = view.payments.get(order.order_id)
        faults: Iterable[str] = ()
        if order.status in CONFIRMED_ONCE:
            faults = _of_confirmed(view, order, payment)
        elif order.status in GIVEN_UP:
            faults = _of_given_up(order, payment)
        for fault in faults:
            yield Violation("I5", fault, _ids(order.order_id, order, payment))
    for payment in view.facts.books.payments.values():
        if payment.order_id not in view.facts.sales.orders and _kept(payment):
            message = f"{_kept(payment)} cents are kept for an order that is not there"
            yield Violation("I5", message, _ids(payment.order_id, None, payment))


def _of_confirmed(view: View, order: Order, payment: Payment | None) -> Iterator[str]:
    tickets = view.tickets.get(order.order_id, {})
    missing = [line.seat_id for line in order.lines if line.seat_id not in tickets]
    if missing:
        yield f"{order.status}, but without tickets for seats {missing}"
    yield from refunds_give_what_they_took(view, order, payment)


def _of_given_up(order: Order, payment: Payment | None) -> Iterator[str]:
    if _kept(payment):
        yield f"{order.status}, and {_kept(payment)} cents are kept"
    if payment is not None and payment.verdict == "PENDING":
        yield f"{order.status}, and can still be paid for"


def _kept(payment: Payment | None) -> int:
    """What is set aside for a refund is not kept, whether the provider has paid it or not."""
    if payment is None:
        return 0
    return payment.captured_cents - max(payment.claimed_cents, payment.refunded_cents)


def _goodwill(view: View, order_id: str) -> int:
    """What was set aside for no ticket: given of a ticket's money, it leaves the ticket paid for.

    By payments' word of how much; orders says only of which refunds (docs/adr/0012).
    """
    of_none = [each for each in view.order_refunds.get(order_id, ()) if not each.seat_ids]
    refunds = view.facts.books.refunds
    return sum(
        refunds[each.refund_id].amount_cents for each in of_none if each.refund_id in refunds
    )


def _ids(order_id: str, order: Order | None, payment: Payment | None) -> Ids:
    return Ids(
        event=order.event_id if order else payment.event_id if payment else None,
        order=order_id,
        payment=payment.payment_id if payment else None,
    )
