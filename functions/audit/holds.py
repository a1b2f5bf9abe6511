"""I7, I8 and I11: what a reservation promises of its seats while it is held, paid for, and sold."""

from collections.abc import Iterator

from functions.audit.facts import Claim, Record
from functions.audit.view import View
from functions.audit.violation import Ids, Violation


def holds_keep_their_seats(view: View) -> Iterator[Violation]:
    """I7."""
    for record in view.facts.seating.records.values():
        if record.status != "ACTIVE" or not view.clock.is_running(record.expires_at):
            continue
        for seat_id, section, claim in view.claims_of(record):
            if claim is None or claim.reservation_id != record.reservation_id:
                fault = _whose(claim)
            elif claim.status != "HELD":
                fault = f"is {claim.status}"
            elif claim.expires_at is None or claim.expires_at < record.expires_at:
                fault = f"ends already at {claim.expires_at}"
            else:
                continue
            ids = _ids(record, section, seat_id)
            yield Violation("I7", f"a running hold's seat {fault}", ids)


def paying_seats_stay(view: View) -> Iterator[Violation]:
    """I8."""
    sales, seating = view.facts.sales, view.facts.seating
    for payment in view.facts.books.payments.values():
        order = sales.orders.get(payment.order_id)
        if order is not None and order.status == payment.verdict == "PENDING":
            record = seating.records.get(order.reservation_id)
            if record is None or record.status != "PAYING" or record.order_id != order.order_id:
                message = f"in payment, but its reservation is {record and record.status}"
                yield Violation(
                    "I8",
                    message,
                    Ids(
                        event=order.event_id,
                        reservation=order.reservation_id,
                        order=order.order_id,
                        payment=payment.payment_id,
                    ),
                )
    for record in seating.records.values():
        order = sales.orders.get(record.order_id or "")
        if record.status != "PAYING" or view.is_being_undone(order):
            continue
        for seat_id, section, claim in view.claims_of(record):
            if claim is None or claim.reservation_id != record.reservation_id:
                fault = _whose(claim)
            elif claim.status != "PAYING" or claim.order_id != record.order_id:
                fault = f"is {claim.status} for order {claim.order_id}"
            elif claim.is_swept or claim.expires_at is not None:
                fault = "would be freed by time"
            else:
                continue
            ids = _ids(record, section, seat_id)._replace(order=record.order_id)
            yield Violation("I8", f"a paying reservation's seat {fault}", ids)


def reservations_own_all_or_none(view: View) -> Iterator[Violation]:
    """I11, as far as I2, I7, I8 and I9 don't say it of the very seat."""
    yield from _sold_whole(view)
    yield from _claims_without_a_right(view)
    for order in view.facts.sales.orders.values():
        owner = view.facts.sales.ordered.get(order.reservation_id)
        if owner != order.order_id:
            ids = Ids(
                event=order.event_id,
                reservation=order.reservation_id,
                order=order.order_id,
                rival=owner,
            )
            yield Violation("I11", "the order's reservation is not its own", ids)


def _sold_whole(view: View) -> Iterator[Violation]:
    for record in view.facts.seating.records.values():
        if record.status != "COMPLETED":
            continue
        for seat_id, section, claim in view.claims_of(record):
            is_sold = (
                claim is not None
                and claim.reservation_id == record.reservation_id
                and claim.status == "ALLOCATED"
            )
            # A void ticket's seat was given back; a live one's is I2's to say.
            if not is_sold and seat_id not in view.tickets.get(record.order_id or "", {}):
                ids = _ids(record, section, seat_id)._replace(order=record.order_id)
                yield Violation("I11", f"a sold reservation's seat {_whose(claim)}", ids)


def _claims_without_a_right(view: View) -> Iterator[Violation]:
    for claim in view.facts.seating.claims:
        if claim.reservation_id is None or view.is_over(claim) or view.ownerless(claim):
            continue
        record = view.facts.seating.records.get(claim.reservation_id)
        if record is None:
            fault = "is not there"
        elif (claim.seat_id, claim.section) not in record.seats:
            fault = "is of other seats"
        elif record.status in ("RELEASED", "EXPIRED") or (
            record.status == "COMPLETED" and claim.status == "HELD"
        ):
            fault = f"is {record.status}"
        else:
            continue
        ids = Ids(
            event=claim.event_id,
            section=claim.section,
            seat=claim.seat_id,
            reservation=claim.reservation_id,
            order=claim.order_id,
        )
        yield Violation("I11", f"a seat is {claim.status}, but its reservation {fault}", ids)


def _whose(claim: Claim | None) -> str:
    if claim is None:
        return "is free"
    return f"is {claim.status} for reservation {claim.reservation_id}"


def _ids(record: Record, section: str, seat_id: int) -> Ids:
    return Ids(
        event=record.event_id,
        section=section,
        seat=seat_id,
        reservation=record.reservation_id,
    )
