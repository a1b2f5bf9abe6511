"""One attempt to charge, from the row that announces it to the verdict that it brings.

Three steps, each its own transaction, in this order: the attempt with its key is committed; the
provider is asked; its answer is recorded, with the verdict and whom to tell. A crash after any
of them is repaired by the same request again, or by whoever resolves the attempt.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.payments import announcements
from functions.payments.cashier import Cashier
from functions.payments.domain import (
    MAX_ATTEMPTS,
    Attempt,
    AttemptOpen,
    ContradictoryCapture,
    Outcome,
    Payment,
    ProviderUnavailable,
    Refund,
    RefundStatus,
    TooManyAttempts,
    Verdict,
    stray_refund_id_of,
)
from functions.payments.providers.port import Answer, Provider
from functions.payments.refunding import pay_back
from functions.payments.store import attempts, payments, refunds
from functions.shared import correlation
from functions.shared.observability import count, logger
from functions.shared.postgres import transaction


@dataclass(frozen=True)
class Means:
    """How to pay. `asked_as` names the request, so that a retry finds its own attempt again."""

    asked_as: str
    provider: str
    token: str


def attempt_charge(
    cashier: Cashier, payment_id: str, means: Means, now: datetime
) -> tuple[Payment, Attempt]:
    """Charge what is due, once for a request however often it is sent.

    The attempt is UNKNOWN if the provider did not answer. Raises PaymentNotPayable,
    PaymentWindowOver, AttemptOpen, TooManyAttempts, or ProviderUnavailable where the provider is
    known to be away, and then nothing new was attempted.
    """
    payment, attempt, provider = _begin(cashier, payment_id, means, now)
    if attempt.outcome is not Outcome.UNKNOWN:
        return payment, attempt
    try:
        if not payment.is_payable(now, cashier.margin):
            # A retry that comes too late may find its charge, but makes none.
            return resolve(cashier, attempt, now)
        answer = provider.charge(
            attempt.attempt_key, payment.amount_cents, payment.currency, attempt.token
        )
    except ProviderUnavailable:
        # Neither a success nor a failure: it is resolved by its key, by whoever comes next.
        logger.warning("outcome unknown", extra={"attempt": attempt.attempt_key})
        return payment, attempt
    return record(cashier, attempt, answer, now)


def resolve(cashier: Cashier, attempt: Attempt, now: datetime) -> tuple[Payment, Attempt]:
    """Find out what became of an unresolved attempt; if nothing did, see that nothing will.

    Raises ProviderUnavailable.
    """
    provider = cashier.provider_of(attempt)
    answer = provider.find(attempt.attempt_key) or provider.cancel(attempt.attempt_key)
    return record(cashier, attempt, answer, now)


def record(
    cashier: Cashier, attempt: Attempt, answer: Answer, now: datetime
) -> tuple[Payment, Attempt]:
    """Write down what the provider said, make the verdict if it is a success, and tell.

    Money that arrives where the verdict was made without it is sent back, once. Raises
    ContradictoryCapture, and writes nothing, if it is not the money that was due.
    """
    stray: Refund | None = None
    decided: Payment | None = None
    with transaction(cashier.engine) as connection:
        payment = payments.lock(connection, attempt.payment_id)
        correlation.about(orderId=payment.order_id, paymentId=payment.payment_id)
        _check_taken(payment, answer)
        news = attempts.close(connection, attempt, answer, now)
        if news is not None and answer.outcome is Outcome.CAPTURED:
            is_newest = attempt.number == payment.attempts
            decided = payments.decide(
                connection,
                payment.payment_id,
                Verdict.SUCCESS,
                now,
                captured_cents=payment.amount_cents,
                captured_attempt=attempt.attempt_key,
                provider=attempt.provider,
                provider_txn_id=answer.transaction_id,
                last_outcome=answer.outcome if is_newest else payment.last_outcome,
            )
            if decided is None:
                payments.add_stray_capture(
                    connection, payment.payment_id, payment.amount_cents, now
                )
                stray = _stray_refund(payment, attempt, now)
                refunds.add(connection, stray)
        if news is not None and decided is None:
            attempts.tell(connection, news, now)
        if decided is not None:
            cashier.write_down(connection, announcements.of_verdict(decided), now)
        payment = decided or payments.get(connection, attempt.payment_id)
        closed = news or attempts.get(connection, attempt.attempt_key)
    if stray is not None:
        _send_back(cashier, stray, now)
    elif news is not None:
        if answer.outcome is Outcome.CAPTURED:
            count("payments_total")
        else:
            count("payments_failed_total", reason=answer.outcome.lower())
    cashier.tell(now)
    return payment, closed


def _begin(
    cashier: Cashier, payment_id: str, means: Means, now: datetime
) -> tuple[Payment, Attempt, Provider]:
    """This request's attempt, and whom to ask: the one it made before, or a new one, committed."""
    while True:
        with transaction(cashier.engine) as connection:
            payment = payments.lock(connection, payment_id)
            # Counted under the lock that we hold: before the first one there is none to be found.
            is_first = payment.attempts == 0
            known = (
                None if is_first else attempts.find_asked(connection, payment_id, means.asked_as)
            )
            if known is not None:
                return payment, known, cashier.provider_of(known)
            payment.check_payable(now, cashier.margin)
            unresolved = None if is_first else attempts.find_open(connection, payment_id)
            if unresolved is None:
                if payment.attempts >= MAX_ATTEMPTS:
                    raise TooManyAttempts(f"All {MAX_ATTEMPTS} attempts to pay were declined.")
                # Last of all: whoever is let through to try a provider must then really try.
                provider = cashier.providers[means.provider].admitted(connection)
                attempt = attempts.begin(
                    connection,
                    payment,
                    asked_as=means.asked_as,
                    provider=means.provider,
                    token=means.token,
                    now=now,
                )
                return payment, attempt, provider
        if not unresolved.is_overdue(now):
            raise AttemptOpen("It is being resolved; ask again in a moment.", retryAfter=2)
        # Each turn resolves one attempt, of which there are at most five.
        resolve(cashier, unresolved, now)


def _check_taken(payment: Payment, answer: Answer) -> None:
    taken = (answer.amount_cents, answer.currency)
    due = (payment.amount_cents, payment.currency)
    if answer.outcome is Outcome.CAPTURED and taken != due and taken != (None, None):
        count("payments_contradictory_total")
        raise ContradictoryCapture(
            f"The provider took {taken} for payment {payment.payment_id} of {due}."
        )


def _stray_refund(payment: Payment, attempt: Attempt, now: datetime) -> Refund:
    return Refund(
        refund_id=stray_refund_id_of(attempt.attempt_key),
        payment_id=payment.payment_id,
        attempt_key=attempt.attempt_key,
        amount_cents=payment.amount_cents,
        reason="It arrived after the payment was decided.",
        status=RefundStatus.PENDING,
        provider_refund_id=None,
        created_at=now,
        completed_at=None,
    )


def _send_back(cashier: Cashier, stray: Refund, now: datetime) -> None:
    logger.warning("money arrived too late", extra={"refund": stray.refund_id})
    try:
        pay_back(cashier, stray, now)
    except ProviderUnavailable:
        # The refund is committed; the relay asks the provider again.
        logger.warning("refund left to the relay", extra={"refund": stray.refund_id})
