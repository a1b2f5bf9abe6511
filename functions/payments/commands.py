"""What changes payments: announced, charged, settled, and kept moving."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.payments import announcements
from functions.payments.cashier import Cashier
from functions.payments.charging import Means, attempt_charge, resolve
from functions.payments.domain import (
    ANSWER_GRACE,
    BOX_OFFICE,
    Attempt,
    AttemptOpen,
    Due,
    Outcome,
    Payment,
    PaymentNotAnnounced,
    PaymentNotPayable,
    PaymentWindowOver,
    ProviderUnavailable,
    TooManyAttempts,
    Verdict,
    payment_id_of,
)
from functions.payments.neighbours import Orders
from functions.payments.refunding import pay_back
from functions.payments.store import answers, attempts, notices, payments, refunds
from functions.shared import correlation
from functions.shared.observability import logger, observe_seconds
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound, PaymentDeclined, ValidationFailed

KEEP_ANSWERS = timedelta(days=7)
# Stripe sends a notice again for three days at most; other providers hardly for longer.
_KEEP_NOTICES = timedelta(days=30)
_POLL_SECONDS = 0.1
_BATCH = 20


@dataclass(frozen=True)
class Charge:
    """A customer's wish to pay; `key` is their Idempotency-Key."""

    order_id: str
    user_id: int
    amount_cents: int
    currency: str | None
    token: str
    key: str


def collect(cashier: Cashier, due: Due, method: str | None, token: str, now: datetime) -> Payment:
    """Announce what is due, and charge at once if the order came with a method of payment.

    What is decided already is signalled at once. A decline decides nothing.
    """
    with transaction(cashier.engine) as connection:
        payment = payments.announce(connection, due, now)
        # To whoever asks now: a decided payment keeps the token of the booking that it decided.
        signals = announcements.signals(payment, due.task_token)
        cashier.write_down(connection, signals, now)
    if signals:
        cashier.tell(now)
    if method is None or payment.verdict is not Verdict.PENDING:
        return payment
    by_hand = method == BOX_OFFICE
    means = Means(
        asked_as="order",
        provider=BOX_OFFICE if by_hand else cashier.card_provider,
        token=BOX_OFFICE if by_hand else token,
    )
    try:
        return attempt_charge(cashier, payment.payment_id, means, now)[0]
    except (PaymentNotPayable, PaymentWindowOver, AttemptOpen, TooManyAttempts) as refusal:
        # Somebody was quicker, or it is too late: the verdict is made without this attempt.
        logger.info("not charged with the order", extra={"problem": refusal.code()})
        return payment
    except ProviderUnavailable as refusal:
        # Known to be away: the order waits to be paid, as if it had come without a method.
        logger.warning("not charged with the order", extra={"problem": refusal.code()})
        return payment


def await_announcement(
    cashier: Cashier, orders: Orders, wish: Charge, patience_seconds: float
) -> Payment:
    """The payment for a user's order, once the booking has said what is due.

    Raises NotFound if it is no order of theirs, PaymentNotPayable if it was given up before,
    PaymentNotAnnounced when patience ends.
    """
    deadline = time.monotonic() + patience_seconds
    is_known = False
    while True:
        with transaction(cashier.engine) as connection:
            payment = payments.find(connection, payment_id_of(wish.order_id))
        if payment is not None and payment.is_announced:
            if payment.user_id != wish.user_id:
                raise NotFound("There is no such order.")
            return payment
        if not is_known:
            # Orders knows an order before we do; asked once, it raises NotFound.
            orders.read(wish.order_id, wish.user_id)
            is_known = True
        if payment is not None:
            raise PaymentNotPayable("This order was given up before it could be paid.")
        if time.monotonic() >= deadline:
            raise PaymentNotAnnounced("Its seats are being secured; ask again.", retryAfter=1)
        time.sleep(_POLL_SECONDS)


def charge(
    cashier: Cashier, announced: Payment, wish: Charge, now: datetime
) -> tuple[Payment, bool]:
    """Charge an announced payment: True if the money is captured, False if nobody knows yet.

    Only its id and what is due are taken from it as it was: neither changes any more. Raises
    ValidationFailed, PaymentDeclined, and all that `attempt_charge` raises.
    """
    _check_amount(announced, wish)
    means = Means(f"charge:{wish.key}", cashier.card_provider, wish.token)
    payment, attempt = attempt_charge(cashier, announced.payment_id, means, now)
    if attempt.outcome is Outcome.UNKNOWN:
        return payment, False
    if attempt.attempt_key == payment.captured_attempt:
        return payment, True
    if payment.verdict is not Verdict.PENDING:
        raise PaymentNotPayable(f"This payment is {payment.status}; nothing is kept of a charge.")
    raise PaymentDeclined(_why(attempt))


def settle(cashier: Cashier, order_id: str, reason: str, now: datetime) -> Verdict:
    """Make the verdict if nobody has: VOIDED, or SUCCESS where it turns out that we were paid.

    PENDING if a provider that may have charged does not answer; then nothing is decided.
    """
    payment_id = payment_id_of(order_id)
    while True:
        with transaction(cashier.engine) as connection:
            if payments.void_unannounced(connection, order_id, reason, now):
                return Verdict.VOIDED
            payment = payments.lock(connection, payment_id)
            unresolved = attempts.find_open(connection, payment_id)
            if unresolved is None:
                voided = payments.decide(
                    connection, payment_id, Verdict.VOIDED, now, void_reason=reason
                )
                if voided is not None:
                    payment = voided
                    cashier.write_down(connection, announcements.of_verdict(payment), now)
                break
        try:
            # Each turn resolves one attempt, of which there are at most five.
            resolve(cashier, unresolved, now)
        except ProviderUnavailable:
            logger.warning("not settled", extra={"attempt": unresolved.attempt_key})
            return payment.verdict
    cashier.tell(now)
    return payment.verdict


def relay(cashier: Cashier, now: datetime) -> dict[str, int]:
    """Whatever a crash or a silent provider left behind: told, resolved, paid back, forgotten."""
    told = cashier.tell(now)
    with transaction(cashier.engine) as connection:
        overdue = attempts.list_open(connection, now - ANSWER_GRACE, _BATCH)
        unpaid = refunds.list_pending(connection, now - ANSWER_GRACE, _BATCH)
        oldest = refunds.oldest_pending_at(connection)
    # Somebody waits for that money; no provider takes long over it.
    observe_seconds("oldest_pending_refund_seconds", (now - (oldest or now)).total_seconds())
    resolved = sum(_relayed(resolve, cashier, attempt, now) for attempt in overdue)
    refunded = sum(_relayed(pay_back, cashier, refund, now) for refund in unpaid)
    _relayed(_forget, cashier, now)
    return {"delivered": told, "resolved": resolved, "refunded": refunded}


def _forget(cashier: Cashier, now: datetime) -> None:
    with transaction(cashier.engine) as connection:
        answers.forget_before(connection, now - KEEP_ANSWERS)
        notices.forget_before(connection, now - _KEEP_NOTICES)


def _relayed(step: Callable[..., object], *arguments: object) -> bool:
    """One that fails does not hold up the others; the next minute tries it again."""
    with correlation.under(correlation.current()):
        try:
            step(*arguments)
        except Exception:  # noqa: BLE001 - logged whole, and tried again
            logger.exception("not relayed")
            return False
    return True


def _check_amount(payment: Payment, wish: Charge) -> None:
    if wish.amount_cents != payment.amount_cents:
        raise ValidationFailed.at("/amountCents", f"The order costs {payment.amount_cents}.")
    if wish.currency not in (None, payment.currency):
        raise ValidationFailed.at("/currency", f"The order is in {payment.currency}.")


def _why(attempt: Attempt) -> str:
    if attempt.outcome is Outcome.CANCELLED:
        return "The provider did not answer in time, and the charge was cancelled. Try again."
    return attempt.reason or "The payment was declined."
