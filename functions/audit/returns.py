"""Whether an order's refunds gave back what they took the tickets for: a part of I5."""

from collections.abc import Iterator

from functions.audit.facts import Order, OrderRefund, Payment
from functions.audit.view import LIVE, View


def shares_of(order: Order) -> dict[int, int]:
    """What each seat's ticket cost: by how much the total grows with it, in the order's order."""
    shares: dict[int, int] = {}
    subtotal_cents = before_cents = 0
    for place, line in enumerate(order.lines, start=1):
        subtotal_cents += line.price_cents
        # All of them are the total that was charged.
        is_last = place == len(order.lines)
        total_cents = order.total_cents if is_last else _with_tax(subtotal_cents)
        shares[line.seat_id] = total_cents - before_cents
        before_cents = total_cents
    return shares


def _with_tax(subtotal_cents: int) -> int:
    """5 % more, rounded half to even."""
    whole_cents, rest = divmod(subtotal_cents * 105, 100)
    is_up = rest > 50 or (rest == 50 and whole_cents % 2 == 1)
    return whole_cents + is_up


def refunds_give_what_they_took(view: View, order: Order, payment: Payment | None) -> Iterator[str]:
    refunds = view.order_refunds.get(order.order_id, [])
    taken = {(refund.refund_id, seat_id) for refund in refunds for seat_id in refund.seat_ids}
    for ticket in view.tickets.get(order.order_id, {}).values():
        if ticket.status not in LIVE and (ticket.refund_id, ticket.seat_id) not in taken:
            yield f"the ticket of seat {ticket.seat_id} is void for no refund of it"
    for refund in refunds:
        yield from _amount(order, refund, refunds)
        # A refund voids first and pays then; it has so long to do that.
        if refund.status == "CLOSED" or view.clock.is_overdue(order.updated_at):
            yield from _payment(view, refund, payment)
    yield from _sums(order, refunds)


def _amount(order: Order, refund: OrderRefund, refunds: list[OrderRefund]) -> Iterator[str]:
    """All that its tickets are worth, less what was given for none; if not in full, no more."""
    if not refund.seat_ids:
        return
    shares = shares_of(order)
    worth_cents = sum(shares.get(seat_id, 0) for seat_id in refund.seat_ids)
    goodwill_cents = sum(each.amount_cents for each in refunds if not each.seat_ids)
    is_little = refund.is_full and refund.amount_cents < worth_cents - goodwill_cents
    is_much = not refund.is_full and refund.amount_cents > worth_cents
    if is_little or is_much:
        yield f"void tickets of {worth_cents} cents are refunded with {refund.amount_cents}"


def _payment(view: View, refund: OrderRefund, payment: Payment | None) -> Iterator[str]:
    paid = view.facts.books.refunds.get(refund.refund_id)
    is_ours = paid is not None and payment is not None and paid.payment_id == payment.payment_id
    back_cents = paid.amount_cents if paid and is_ours and paid.status == "REFUNDED" else 0
    if back_cents != refund.amount_cents:
        yield f"a refund of {refund.amount_cents} cents gave back {back_cents}"


def _sums(order: Order, refunds: list[OrderRefund]) -> Iterator[str]:
    closed = [refund for refund in refunds if refund.status == "CLOSED"]
    given_cents = sum(refund.amount_cents for refund in closed)
    if order.refunded_cents != given_cents:
        yield f"{order.refunded_cents} cents are refunded, by its refunds {given_cents}"
    returned = {seat_id for refund in closed for seat_id in refund.seat_ids}
    status = "PARTIALLY_REFUNDED" if closed else "CONFIRMED"
    if returned >= {line.seat_id for line in order.lines} and given_cents == order.total_cents:
        status = "REFUNDED"
    if order.status != status:
        yield f"it is {order.status}, by its refunds {status}"
    unknown = {order.refund_id} - {None} - {refund.refund_id for refund in refunds}
    if unknown:
        yield f"nothing is written down of its refund {order.refund_id}"
