"""I3 and I5: tickets have their money, and money has its tickets."""

from collections.abc import Iterable, Iterator

from functions.audit.facts import Order, Payment
from functions.audit.view import CONFIRMED_ONCE, GIVEN_UP, LIVE, View
from functions.audit.violation import Ids, Violation


def live_tickets_are_paid(view: View) -> Iterator[Violation]:
    """I3. A live ticket that was refunded is I6's to say."""
    prices: dict[str, int] = {}
    for ticket in view.live_tickets:
        if not view.is_refunded(ticket):
            prices[ticket.order_id] = prices.get(ticket.order_id, 0) + ticket.price_cents
    for order_id, price_cents in prices.items():
        order, payment = view.facts.sales.orders.get(order_id), view.payments.get(order_id)
        due_cents = price_cents if order is None else _share(order, price_cents)
        kept_cents = _kept(payment)
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
    void_cents = sum(ticket.price_cents for ticket in tickets.values() if ticket.status not in LIVE)
    owed_cents = _share(order, void_cents)
    # A refund voids first and pays then; it has so long to do that.
    is_refunding = order.status == "CONFIRMED" and order.refund_id is not None
    if is_refunding and not view.clock.is_overdue(order.updated_at):
        return
    refunds = view.refunds.get(payment.payment_id, []) if payment else []
    back_cents = sum(
        refund.amount_cents
        for refund in refunds
        if payment
        and refund.attempt_key == payment.captured_attempt
        and refund.status == "REFUNDED"
    )
    if back_cents < owed_cents:
        yield f"void tickets of {owed_cents} cents, and {back_cents} were given back"


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


def _share(order: Order, price_cents: int) -> int:
    """Prices with their part of the order's tax; a part of a cent is nobody's debt."""
    if price_cents == order.subtotal_cents:
        return order.total_cents
    return order.total_cents * price_cents // max(order.subtotal_cents, 1)


def _ids(order_id: str, order: Order | None, payment: Payment | None) -> Ids:
    return Ids(
        event=order.event_id if order else payment.event_id if payment else None,
        order=order_id,
        payment=payment.payment_id if payment else None,
    )
