"""What a payment is and what may become of it: pure rules, with the time as an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from functions.shared.idempotency import derived_id
from functions.shared.problems import Conflict, Gone, MalformedRequest, ServiceUnavailable

MAX_ATTEMPTS = 5
# Longer than a provider may take to answer (5 s for a first request, then 3 s to connect and 10 s
# to read): an attempt unresolved for this long has nobody waiting for its answer any more, so
# anybody may ask what became of it.
ANSWER_GRACE = timedelta(seconds=20)
BOX_OFFICE = "boxOffice"
# ISO 4217 for "no currency": a payment voided before it was announced is of nothing.
NO_CURRENCY = "XXX"


class Verdict(StrEnum):
    """What was decided about a payment, once and for all; PENDING until then."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    VOIDED = "VOIDED"


class Outcome(StrEnum):
    """What became of one attempt to charge. CANCELLED: given up, and refused ever after."""

    UNKNOWN = "UNKNOWN"
    CAPTURED = "CAPTURED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"


class PaymentStatus(StrEnum):
    """What clients see of a payment."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    VOIDED = "VOIDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class RefundStatus(StrEnum):
    PENDING = "PENDING"
    REFUNDED = "REFUNDED"


class PaymentNotPayable(Conflict):
    title = "This payment is decided"


class PaymentNotAnnounced(Conflict):
    title = "The order is not ready to be paid yet"


class AttemptOpen(Conflict):
    title = "An earlier attempt to pay is not resolved yet"


class TooManyAttempts(Conflict):
    title = f"An order is charged at most {MAX_ATTEMPTS} times"


class PaymentWindowOver(Gone):
    title = "The time to pay is over"


class PaymentNotRefundable(Conflict):
    title = "Nothing was captured that could be refunded"


class AlreadyRefunded(Conflict):
    title = "This payment is refunded already"


class MoreThanCaptured(Conflict):
    title = "A refund is at most what was captured"


class OrderNotConfirmed(Conflict):
    title = "The order is not confirmed yet"


class RefundInProgress(Conflict):
    title = "Another refund of this order is under way"


class RefundNotOffered(Conflict):
    """Orders' word, by the policy that the event had when the order was placed."""

    title = "The event's policy gives nothing back for this"


class TicketUsed(Conflict):
    """Orders' word; `usedAt` says when."""

    title = "The ticket has been used"


class BadSignature(MalformedRequest):
    title = "This is not signed by the provider"


class ProviderUnavailable(ServiceUnavailable):
    """The payment provider did not answer; what it did, if anything, is not known."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "The payment provider did not answer"


class ProviderInProgress(ProviderUnavailable):
    """The provider is at it, says so, and can't be stopped; its word comes later."""

    title = "The payment provider has not decided yet"


class ContradictoryCapture(Exception):  # noqa: N818 - nothing a client could mend
    """The provider says it took something else than what was due: for a person to look into."""


class ProviderRefused(Exception):  # noqa: N818 - the provider's word, never answered to a client
    """The provider says that a request of ours makes no sense; trying again would not help."""


def payment_id_of(order_id: str) -> str:
    """The one payment of an order: whoever comes first derives the same id."""
    return derived_id("payment", order_id)


def attempt_key_of(order_id: str, number: int) -> str:
    """The provider's idempotency key of an attempt: the same on every retry."""
    return derived_id("attempt", order_id, number)


def whole_refund_id_of(payment_id: str) -> str:
    """One id for the refund of all of a payment, so that asking twice is one refund."""
    return derived_id("refund", payment_id)


def stray_refund_id_of(attempt_key: str) -> str:
    """The refund of money that an attempt brought in after it was no longer wanted."""
    return derived_id("stray-refund", attempt_key)


def margin_of(payment_window: timedelta) -> timedelta:
    """Charging closes this long before the order's window: 15 s, or a sixth of a shorter one."""
    return min(timedelta(seconds=15), payment_window / 6)


@dataclass(frozen=True)
class Due:
    """What the booking saga says is to be paid. `task_token` is whom to tell the verdict."""

    order_id: str
    user_id: int
    event_id: int
    organizer_id: int
    amount_cents: int
    currency: str
    expires_at: datetime
    task_token: str


@dataclass(frozen=True)
class Attempt:
    attempt_key: str
    payment_id: str
    number: int
    asked_as: str
    provider: str
    token: str
    outcome: Outcome
    provider_txn_id: str | None
    reason: str | None
    started_at: datetime
    closed_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Unresolved for so long that nobody is waiting for its answer any more."""
        return self.outcome is Outcome.UNKNOWN and now >= self.started_at + ANSWER_GRACE


@dataclass(frozen=True)
class Refund:
    refund_id: str
    payment_id: str
    attempt_key: str
    amount_cents: int
    reason: str | None
    status: RefundStatus
    provider_refund_id: str | None
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class Payment:
    """One order's payment. Unannounced (no user yet) only if voided before the saga announced it.

    `refund_claimed_cents` also counts refunds that the provider has not confirmed yet.
    """

    payment_id: str
    order_id: str
    user_id: int | None
    event_id: int | None
    organizer_id: int | None
    amount_cents: int
    currency: str
    expires_at: datetime | None
    task_token: str | None
    verdict: Verdict
    void_reason: str | None
    attempts: int
    last_outcome: Outcome | None
    provider: str | None
    provider_txn_id: str | None
    captured_attempt: str | None
    captured_cents: int
    refund_claimed_cents: int
    refunded_cents: int
    refunded_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_announced(self) -> bool:
        return self.user_id is not None

    @property
    def status(self) -> PaymentStatus:
        if self.verdict is Verdict.VOIDED:
            return PaymentStatus.VOIDED
        if self.verdict is Verdict.PENDING:
            # A declined attempt is no verdict: the order stays payable.
            failed = self.last_outcome in (Outcome.DECLINED, Outcome.CANCELLED)
            return PaymentStatus.FAILED if failed else PaymentStatus.PENDING
        kept_cents = self.captured_cents - self.refunded_cents
        # A free order is refunded like any other; its amount alone would not show it.
        if self.refunded_at is None or kept_cents >= self.amount_cents > 0:
            return PaymentStatus.SUCCESS
        return PaymentStatus.PARTIALLY_REFUNDED if kept_cents else PaymentStatus.REFUNDED

    def is_payable(self, now: datetime, margin: timedelta) -> bool:
        """Undecided, and a margin before its end at the latest."""
        return (
            self.verdict is Verdict.PENDING
            and self.expires_at is not None
            and now < self.expires_at - margin
        )

    def check_payable(self, now: datetime, margin: timedelta) -> None:
        """Raises PaymentNotPayable once decided, PaymentWindowOver when it is too late."""
        if self.verdict is not Verdict.PENDING:
            raise PaymentNotPayable(f"This payment is {self.status}; it takes no charge.")
        if not self.is_payable(now, margin):
            raise PaymentWindowOver("The time to pay for this order is over.")
