"""I1, I2 and I6: a live ticket is its seat's only one, its seat is sold to its order, and its money
was not given back.
"""

from collections.abc import Iterator

from functions.audit.facts import Ticket
from functions.audit.view import View
from functions.audit.violation import Ids, Violation


def one_live_ticket_a_seat(view: View) -> Iterator[Violation]:
    """I1."""
    first: dict[tuple[int, int], Ticket] = {}
    for ticket in sorted(view.live_tickets):
        held = first.setdefault((ticket.event_id, ticket.seat_id), ticket)
        if held is not ticket:
            ids = Ids(
                event=ticket.event_id,
                seat=ticket.seat_id,
                order=held.order_id,
                rival=ticket.order_id,
            )
            yield Violation("I1", "two live tickets for one seat", ids)


def live_tickets_seat_is_allocated(view: View) -> Iterator[Violation]:
    """I2. Of a seat sold twice one ticket must be without it, which is I1's to say."""
    twice = {(found.ids.event, found.ids.seat) for found in one_live_ticket_a_seat(view)}
    for ticket in view.live_tickets:
        if (ticket.event_id, ticket.seat_id) in twice or view.is_refunded(ticket):
            continue
        claim = view.claim_of(ticket)
        if claim is None:
            fault = "its seat is free"
        elif claim.status != "ALLOCATED" or claim.order_id != ticket.order_id:
            fault = f"its seat is {claim.status} for order {claim.order_id}"
        elif claim.is_swept or claim.expires_at is not None:
            fault = "its seat's claim would end by time"
        else:
            continue
        yield Violation("I2", f"a live ticket, but {fault}", _ids(ticket))


def refunded_tickets_are_void(view: View) -> Iterator[Violation]:
    """I6."""
    for ticket in view.live_tickets:
        if view.is_refunded(ticket):
            ids = _ids(ticket)._replace(refund=ticket.refund_id)
            yield Violation("I6", f"a refunded ticket is {ticket.status}", ids)


def _ids(ticket: Ticket) -> Ids:
    return Ids(event=ticket.event_id, seat=ticket.seat_id, order=ticket.order_id)
