"""What a refund is, what one may ask for, and what customers were promised of it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from functions.shared.idempotency import derived_id


class RefundPolicy(NamedTuple):
    """What a customer gets back: all of it before `full_until`, then so many percent."""

    full_until: datetime
    then_percent: int

    def percent_at(self, now: datetime) -> int:
        return 100 if now < self.full_until else self.then_percent


class RefundStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Refund(NamedTuple):
    """One refund of an order, decided when its tickets were voided: none, if it has no seats.

    `is_full`: it gives its seats' shares back, or all that was left.
    """

    refund_id: str
    order_id: str
    seat_ids: tuple[int, ...]
    amount_cents: int
    reason: str
    opened_at: datetime
    is_full: bool = True
    status: RefundStatus = RefundStatus.OPEN
    closed_at: datetime | None = None


class RefundWanted(NamedTuple):
    """What a refund is to take and give. Without seats every live ticket; without an amount their
    shares, or all that is left if it takes them all. `is_forced` takes used tickets, too.
    """

    refund_id: str
    seat_ids: tuple[int, ...] | None = None
    amount_cents: int | None = None
    reason: str = "requested"
    is_forced: bool = False


def whole_refund_id_of(payment_id: str) -> str:
    """The refund of all that is left of a payment: one, whoever asks, and however often."""
    return derived_id("refund", payment_id)


def policy_refund_id_of(payment_id: str) -> str:
    """The refund of all a customer's tickets where the policy keeps some of the money."""
    return derived_id("refund-by-policy", payment_id)


def tickets_refund_id_of(payment_id: str, ticket_ids: Iterable[str]) -> str:
    """The refund of these tickets: a ticket is refunded once, so these are, too."""
    return derived_id("refund-tickets", payment_id, *sorted(ticket_ids))


def amount_refund_id_of(payment_id: str, asked_as: str) -> str:
    """The refund of an amount. Two of the same are told apart by who asked, and under which key."""
    return derived_id("refund-amount", payment_id, asked_as)
