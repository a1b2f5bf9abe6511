"""The facts by what the invariants look them up with, and the few words they share."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from functions.audit.facts import (
    Attempt,
    Claim,
    Facts,
    Order,
    OrderRefund,
    Payment,
    Record,
    Refund,
    Ticket,
)

LIVE: Final = {"VALID", "USED"}
CONFIRMED_ONCE: Final = {"CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED"}
GIVEN_UP: Final = {"CANCELLED", "FAILED"}

_OfPayment = TypeVar("_OfPayment", Attempt, Refund)


class Clock(NamedTuple):
    """`now`, by how much other clocks may differ, and how late an order may be settled."""

    now: datetime
    tolerance: timedelta
    allowance: timedelta

    def is_running(self, until: datetime) -> bool:
        """By every clock; what ends about now has neither ended nor not."""
        return until > self.now + self.tolerance

    def is_overdue(self, since: datetime) -> bool:
        return since + self.allowance < self.now


class View:
    def __init__(self, facts: Facts, clock: Clock) -> None:
        self.facts = facts
        self.clock = clock

    @cached_property
    def claims(self) -> dict[tuple[int, str, int], Claim]:
        return {
            (claim.event_id, claim.section, claim.seat_id): claim
            for claim in self.facts.seating.claims
        }

    @cached_property
    def live_tickets(self) -> list[Ticket]:
        return [ticket for ticket in self.facts.sales.tickets if ticket.status in LIVE]

    @cached_property
    def tickets(self) -> dict[str, dict[int, Ticket]]:
        """By order and seat."""
        found: dict[str, dict[int, Ticket]] = defaultdict(dict)
        for ticket in self.facts.sales.tickets:
            found[ticket.order_id][ticket.seat_id] = ticket
        return found

    @cached_property
    def order_refunds(self) -> dict[str, list[OrderRefund]]:
        """By order."""
        found: dict[str, list[OrderRefund]] = defaultdict(list)
        for refund in self.facts.sales.refunds:
            found[refund.order_id].append(refund)
        return found

    @cached_property
    def returned_seats(self) -> set[tuple[str | None, int]]:
        """Orders and seats of theirs that refunds which are over have freed."""
        return {
            (refund.order_id, seat_id)
            for refund in self.facts.sales.refunds
            if refund.status == "CLOSED"
            for seat_id in refund.seat_ids
        }

    @cached_property
    def payments(self) -> dict[str, Payment]:
        """By order."""
        return {payment.order_id: payment for payment in self.facts.books.payments.values()}

    @cached_property
    def attempts(self) -> dict[str, list[Attempt]]:
        """By payment."""
        return _grouped(self.facts.books.attempts.values())

    @cached_property
    def refunds(self) -> dict[str, list[Refund]]:
        """By payment."""
        return _grouped(self.facts.books.refunds.values())

    def claims_of(self, record: Record) -> Iterable[tuple[int, str, Claim | None]]:
        """Each seat of a reservation, with whatever claim there is on it."""
        for seat_id, section in record.seats:
            yield seat_id, section, self.claims.get((record.event_id, section, seat_id))

    def claim_of(self, ticket: Ticket) -> Claim | None:
        """By the section that the map names."""
        event = self.facts.seating.events.get(ticket.event_id)
        section = event.sections.get(ticket.seat_id, "") if event else ""
        return self.claims.get((ticket.event_id, section, ticket.seat_id))

    def is_over(self, claim: Claim) -> bool:
        """A hold that no longer keeps anything, whether TTL has come or not."""
        return (
            claim.status == "HELD"
            and claim.expires_at is not None
            and not self.clock.is_running(claim.expires_at)
        )

    def ownerless(self, claim: Claim) -> str | None:
        """Why a paying or sold seat has no order that it could be for; None if it has."""
        if claim.status not in ("PAYING", "ALLOCATED"):
            return None
        order = self.facts.sales.orders.get(claim.order_id or "")
        if order is None:
            return "its order is not there"
        if order.status in GIVEN_UP or order.status == "REFUNDED":
            return f"its order is {order.status}"
        if all(line.seat_id != claim.seat_id for line in order.lines):
            return "its order is for other seats"
        return None

    def unreturned(self, claim: Claim) -> str | None:
        """Why a sold seat should be free by now, though its order is there."""
        if claim.status == "ALLOCATED" and (claim.order_id, claim.seat_id) in self.returned_seats:
            return "its ticket was refunded"
        return None

    def is_refunding(self, order: Order) -> bool:
        """A refund of it is open: its tickets are void, its money perhaps not back yet."""
        return order.status in ("CONFIRMED", "PARTIALLY_REFUNDED") and order.refund_id is not None

    def is_refunded(self, ticket: Ticket) -> bool:
        """By its own mark or its order's, whatever its status says."""
        order = self.facts.sales.orders.get(ticket.order_id)
        return ticket.refund_id is not None or (order is not None and order.status == "REFUNDED")

    def is_being_undone(self, order: Order | None) -> bool:
        """Its payment is void or given back, so its seats are on their way to be free."""
        payment = self.payments.get(order.order_id) if order else None
        if payment is None:
            return False
        return payment.verdict == "VOIDED" or self.gives_back(payment)

    def gives_back(self, payment: Payment) -> bool:
        """All that was kept of it is set aside for a refund."""
        return payment.verdict == "SUCCESS" and any(
            refund.attempt_key == payment.captured_attempt
            for refund in self.refunds.get(payment.payment_id, ())
        )


def _grouped(rows: Iterable[_OfPayment]) -> dict[str, list[_OfPayment]]:
    found: dict[str, list[_OfPayment]] = defaultdict(list)
    for row in rows:
        found[row.payment_id].append(row)
    return found
