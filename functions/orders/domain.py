"""Orders and tickets: what they are, what they cost, and what may become of them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from functions.orders.refund_terms import Refund, RefundPolicy

BOX_OFFICE: Final = "boxOffice"
_TAX_PERCENT: Final = 5
# Reasons for which an order is CANCELLED: somebody wanted it so. For all others it has FAILED.
_CANCELLATIONS: Final = {"cancelled", "event-cancelled"}
SEATS_LOST: Final = "seats-lost"
# A refund is four short steps; one that has not ended after this long stands still.
REFUND_LASTS: Final = timedelta(minutes=3)


class OrderStatus(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


# An order that was confirmed once; ConfirmOrder delivered again finds its work done.
CONFIRMED_ONCE: Final = {
    OrderStatus.CONFIRMED,
    OrderStatus.PARTIALLY_REFUNDED,
    OrderStatus.REFUNDED,
}
# Orders with tickets that a refund may take, and money that it may give back.
REFUNDABLE: Final = (OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_REFUNDED)
# An order that never was, and never will be.
GIVEN_UP: Final = {OrderStatus.CANCELLED, OrderStatus.FAILED}


class TicketStatus(StrEnum):
    VALID = "VALID"
    USED = "USED"
    VOID = "VOID"


class Amounts(NamedTuple):
    """Minor units of one currency; `tax_cents` is the difference of the other two."""

    subtotal_cents: int
    tax_cents: int
    total_cents: int


def amounts_of(prices_cents: Sequence[int]) -> Amounts:
    """total = subtotal x 1.05, rounded half to even (all 400 totals of the ETSR data set)."""
    subtotal_cents = sum(prices_cents)
    total_cents, hundredths = divmod(subtotal_cents * (100 + _TAX_PERCENT), 100)
    if hundredths > 50 or (hundredths == 50 and total_cents % 2 == 1):
        total_cents += 1
    return Amounts(subtotal_cents, total_cents - subtotal_cents, total_cents)


def shares_of(prices_cents: Sequence[int]) -> list[int]:
    """Each price with its part of the tax: what the total grows by with it, in their order.

    So the shares of all of them are the total, to the cent.
    """
    totals = [
        amounts_of(prices_cents[:count]).total_cents for count in range(len(prices_cents) + 1)
    ]
    return [after - before for before, after in pairwise(totals)]


class Line(NamedTuple):
    """One seat of an order, at the price its reservation promised."""

    seat_id: int
    section: str
    row: str
    seat_number: str
    price_cents: int


class PaymentState(NamedTuple):
    """What an order keeps of its payment once that is settled. `status` is payments' word."""

    payment_id: str
    status: str


class Order(NamedTuple):
    """`refund_id` is the refund that is open; `refunds` were opened so far, and those closed gave
    back `refunded_cents`. The tickets of `void_seat_ids` are refunds'. What is told of it goes back
    to the request `correlation_id`: the one that placed it, or has opened a refund since.
    """

    order_id: str
    user_id: int
    event_id: int
    organizer_id: int
    reservation_id: str
    lines: tuple[Line, ...]
    amounts: Amounts
    currency: str
    request_hash: str
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    status: OrderStatus = OrderStatus.PENDING
    reason: str | None = None
    payment: PaymentState | None = None
    refund_id: str | None = None
    is_cancel_requested: bool = False
    refund_policy: RefundPolicy | None = None
    refunds: int = 0
    refunded_cents: int = 0
    void_seat_ids: tuple[int, ...] = ()
    correlation_id: str | None = None

    @property
    def request_id(self) -> str:
        """What it goes back to; its own id, if it was placed before that was written down."""
        return self.correlation_id or self.order_id

    @property
    def due_at(self) -> datetime | None:
        """When it should be decided; None if it waits for nothing any more."""
        if self.status is OrderStatus.PENDING:
            return self.expires_at
        if self.is_refunding:
            return refund_due_at(self.updated_at)
        return None

    @property
    def is_refunding(self) -> bool:
        return self.status in REFUNDABLE and self.refund_id is not None

    @property
    def left_cents(self) -> int:
        """What may still be given back, while no refund is open."""
        return self.amounts.total_cents - self.refunded_cents

    @property
    def live_seat_ids(self) -> tuple[int, ...]:
        """Those of tickets that no refund has taken."""
        return tuple(line.seat_id for line in self.lines if line.seat_id not in self.void_seat_ids)

    @property
    def shares(self) -> dict[int, int]:
        """What each seat's ticket cost, tax included."""
        shares = shares_of([line.price_cents for line in self.lines])
        return {line.seat_id: share for line, share in zip(self.lines, shares, strict=True)}

    @property
    def ticket_ids(self) -> list[str]:
        """Issued when the order was confirmed; none before, or if it never was."""
        if self.status not in CONFIRMED_ONCE:
            return []
        return [ticket_id_of(self.order_id, line.seat_id) for line in self.lines]

    def as_placed(self) -> "Order":
        """The order as its first answer showed it."""
        return self._replace(
            status=OrderStatus.PENDING,
            reason=None,
            payment=None,
            updated_at=self.created_at,
            refunded_cents=0,
        )

    def with_refund(self, refund: Refund, now: datetime) -> "Order":
        """With this refund open: its tickets void, its money still to be given back."""
        return self._replace(
            refund_id=refund.refund_id,
            refunds=self.refunds + 1,
            void_seat_ids=(*self.void_seat_ids, *refund.seat_ids),
            updated_at=now,
        )

    def without(self, refund: Refund, now: datetime) -> "Order":
        """Once the open refund is paid and its seats are free."""
        left_cents = self.left_cents - refund.amount_cents
        is_over = not self.live_seat_ids and left_cents == 0
        return self._replace(
            status=OrderStatus.REFUNDED if is_over else OrderStatus.PARTIALLY_REFUNDED,
            reason="refunded" if is_over else self.reason,
            payment=self.payment and self.payment._replace(status=self._payment_status(left_cents)),
            refund_id=None,
            refunded_cents=self.refunded_cents + refund.amount_cents,
            updated_at=now,
        )

    def _payment_status(self, left_cents: int) -> str:
        """As payments calls a payment of which so much is left, once anything was refunded."""
        if left_cents == 0:
            return "REFUNDED"
        return "SUCCESS" if left_cents == self.amounts.total_cents else "PARTIALLY_REFUNDED"


def refund_due_at(begun_at: datetime) -> datetime:
    return begun_at + REFUND_LASTS


class Ticket(NamedTuple):
    order_id: str
    event_id: int
    user_id: int
    organizer_id: int
    line: Line
    currency: str
    issued_at: datetime
    status: TicketStatus = TicketStatus.VALID
    used_at: datetime | None = None
    refund_id: str | None = None

    @property
    def ticket_id(self) -> str:
        return ticket_id_of(self.order_id, self.line.seat_id)


class Closing(NamedTuple):
    """How an order that never came about is closed. `reason` is a plain code word."""

    status: OrderStatus
    reason: str


def closing_of(cause: str, *, is_cancel_requested: bool) -> Closing:
    """CANCELLED if somebody wanted it so, else FAILED. `cause` is a saga error or a code word."""
    reason = reason_of(cause)
    # Seats lost after capture are our failure, whatever the customer asked for meanwhile.
    if is_cancel_requested and reason != SEATS_LOST:
        reason = "cancelled"
    is_cancellation = reason in _CANCELLATIONS
    return Closing(OrderStatus.CANCELLED if is_cancellation else OrderStatus.FAILED, reason)


def reason_of(cause: str) -> str:
    """`PaymentTimedOut` is `payment-timed-out`; an error of the machinery is `booking-failed`."""
    if not re.fullmatch(r"[A-Za-z-]{1,64}", cause):
        return "booking-failed"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cause).lower()


def tickets_of(order: Order, now: datetime) -> list[Ticket]:
    """A ticket for each seat."""
    return [
        Ticket(
            order.order_id,
            order.event_id,
            order.user_id,
            order.organizer_id,
            line,
            order.currency,
            now,
        )
        for line in order.lines
    ]


def ticket_id_of(order_id: str, seat_id: int) -> str:
    """A ticket's id says where it is kept, so that finding it takes no index."""
    return f"{order_id}-{seat_id}"


def ticket_place(ticket_id: str) -> tuple[str, int] | None:
    """The order and the seat of a ticket's id; None for what is no ticket's id."""
    order_id, _, seat_id = ticket_id.rpartition("-")
    if not (order_id and seat_id.isascii() and seat_id.isdigit() and len(seat_id) <= 10):
        return None
    return order_id, int(seat_id)
