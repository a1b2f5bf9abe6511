"""I9: no seat is stuck without its order, no order without an end; and at rest, nothing waits."""

from collections.abc import Iterator

from functions.audit.facts import Order
from functions.audit.view import View
from functions.audit.violation import Ids, Violation


def nothing_is_stuck(view: View) -> Iterator[Violation]:
    """I9, at any time."""
    orders = view.facts.sales.orders
    for claim in view.facts.seating.claims:
        fault = view.ownerless(claim) or view.unreturned(claim)
        if fault:
            ids = Ids(
                event=claim.event_id,
                section=claim.section,
                seat=claim.seat_id,
                reservation=claim.reservation_id,
                order=claim.order_id,
            )
            yield Violation("I9", f"a seat is {claim.status}, but {fault}", ids)
    for record in view.facts.seating.records.values():
        order = orders.get(record.order_id or "")
        if record.status == "PAYING" and (order is None or order.status != "PENDING"):
            ids = Ids(
                event=record.event_id, reservation=record.reservation_id, order=record.order_id
            )
            word = order.status if order else "not there"
            yield Violation("I9", f"a reservation is PAYING, but its order is {word}", ids)
    for order in orders.values():
        if order.status == "PENDING" and view.clock.is_overdue(order.expires_at):
            message = f"an order is PENDING, but its window ended at {order.expires_at:%F %T}Z"
            yield Violation("I9", message, _ids(order))


def nothing_waits(view: View) -> Iterator[Violation]:
    """I9, at rest."""
    for claim in view.facts.seating.claims:
        if claim.status == "PAYING":
            ids = Ids(
                event=claim.event_id,
                section=claim.section,
                seat=claim.seat_id,
                reservation=claim.reservation_id,
                order=claim.order_id,
            )
            yield Violation("I9", "not at rest: a seat is PAYING", ids)
    for record in view.facts.seating.records.values():
        if record.status == "PAYING":
            ids = Ids(
                event=record.event_id, reservation=record.reservation_id, order=record.order_id
            )
            yield Violation("I9", "not at rest: a reservation is PAYING", ids)
    for order in view.facts.sales.orders.values():
        is_refunding = view.is_refunding(order)
        if order.status == "PENDING" or order.is_open or is_refunding:
            word = "being refunded" if is_refunding else order.status
            yield Violation("I9", f"not at rest: an order is {word}", _ids(order))
    yield from _open_payments(view)


def _open_payments(view: View) -> Iterator[Violation]:
    books = view.facts.books
    for payment in books.payments.values():
        ids = Ids(event=payment.event_id, order=payment.order_id, payment=payment.payment_id)
        if payment.verdict == "PENDING":
            yield Violation("I9", "not at rest: a payment is undecided", ids)
        for attempt in view.attempts.get(payment.payment_id, ()):
            if attempt.outcome == "UNKNOWN":
                found = ids._replace(attempt=attempt.attempt_key)
                yield Violation("I9", "not at rest: an attempt to charge is unresolved", found)
        for refund in view.refunds.get(payment.payment_id, ()):
            if refund.status == "PENDING":
                found = ids._replace(refund=refund.refund_id)
                yield Violation("I9", "not at rest: a refund is not paid yet", found)
    if books.untold:
        yield Violation("I9", f"not at rest: {books.untold} messages wait in the outbox", Ids())


def _ids(order: Order) -> Ids:
    return Ids(event=order.event_id, reservation=order.reservation_id, order=order.order_id)
