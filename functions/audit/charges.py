"""I4: one charge is kept for an order, refunds never exceed it, and the provider says the same."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from functions.audit.facts import Attempt, Charge, Payment, Provider, Refund
from functions.audit.view import View
from functions.audit.violation import Ids, Violation

SIMULATOR: Final = "simulator"


def one_charge_is_kept(view: View) -> Iterator[Violation]:
    """I4, by our books."""
    for payment in view.facts.books.payments.values():
        attempts = view.attempts.get(payment.payment_id, [])
        refunds = view.refunds.get(payment.payment_id, [])
        yield from _strays(payment, attempts, refunds)
        yield from _sums(view, payment, attempts, refunds)


def provider_agrees(view: View) -> Iterator[Violation]:
    """I4, by the provider's books, where we can read them."""
    provider = view.facts.books.provider
    if provider is None:
        return
    attempts, refunds = view.facts.books.attempts, view.facts.books.refunds
    paid_back: Counter[str] = Counter()
    for paid in provider.paid_back.values():
        paid_back[paid.charge_key] += paid.amount_cents
    for attempt in attempts.values():
        if attempt.provider == SIMULATOR:
            yield from _charged(view, attempt, provider.charges.get(attempt.attempt_key))
    for charge in provider.charges.values():
        if charge.key not in attempts and charge.outcome == "CAPTURED":
            yield _violation("the provider took money for no attempt of ours", attempt=charge.key)
        yield from _given_back(charge, paid_back[charge.key])
    for refund in refunds.values():
        attempt_of = attempts.get(refund.attempt_key)
        if attempt_of is not None and attempt_of.provider == SIMULATOR:
            yield from _refunded(view, refund, provider)
    for key in provider.paid_back.keys() - refunds.keys():
        yield _violation("the provider gave money back for no refund of ours", refund=key)


def _strays(
    payment: Payment, attempts: list[Attempt], refunds: list[Refund]
) -> Iterator[Violation]:
    """A second capture is written down together with the refund of all of it."""
    for attempt in attempts:
        if attempt.outcome == "CAPTURED" and attempt.attempt_key != payment.captured_attempt:
            back_cents = sum(
                refund.amount_cents
                for refund in refunds
                if refund.attempt_key == attempt.attempt_key
            )
            if back_cents != payment.amount_cents:
                message = f"a stray charge of {payment.amount_cents} is refunded {back_cents} cents"
                yield _of(payment, message)._replace(
                    ids=_of(payment, "").ids._replace(attempt=attempt.attempt_key)
                )
    captured = {attempt.attempt_key for attempt in attempts if attempt.outcome == "CAPTURED"}
    if payment.captured_attempt is not None and payment.captured_attempt not in captured:
        yield _of(payment, "it is SUCCESS by an attempt that captured nothing")


def _sums(
    view: View, payment: Payment, attempts: list[Attempt], refunds: list[Refund]
) -> Iterator[Violation]:
    taken = sum(
        _amount(view, payment, attempt) for attempt in attempts if attempt.outcome == "CAPTURED"
    )
    claimed = sum(refund.amount_cents for refund in refunds)
    paid = sum(refund.amount_cents for refund in refunds if refund.status == "REFUNDED")
    for what, said, counted in (
        ("captured", payment.captured_cents, taken),
        ("set aside for refunds", payment.claimed_cents, claimed),
        ("refunded", payment.refunded_cents, paid),
    ):
        if said != counted:
            yield _of(payment, f"{said} cents are {what}, by its parts {counted}")
    if max(claimed, paid) > payment.captured_cents:
        yield _of(payment, f"refunds of {claimed} cents, captured {payment.captured_cents}")


def _amount(view: View, payment: Payment, attempt: Attempt) -> int:
    """What an attempt captured: by the provider's books where they are known."""
    provider = view.facts.books.provider
    charge = provider.charges.get(attempt.attempt_key) if provider else None
    return payment.amount_cents if charge is None else charge.amount_cents


def _charged(view: View, attempt: Attempt, charge: Charge | None) -> Iterator[Violation]:
    took = charge is not None and charge.outcome == "CAPTURED"
    # UNKNOWN is just that: the provider's answer is still to be asked for.
    says = {"CAPTURED": False, "DECLINED": True, "CANCELLED": True}
    if says.get(attempt.outcome) == took:
        word = "took" if took else "did not take"
        message = f"the provider {word} the money of an attempt that is {attempt.outcome}"
        payment = view.facts.books.payments[attempt.payment_id]
        yield _violation(message, payment.order_id, payment.payment_id, attempt=attempt.attempt_key)


def _given_back(charge: Charge, paid_back: int) -> Iterator[Violation]:
    if charge.refunded_cents != paid_back or paid_back > charge.amount_cents:
        message = f"the provider gave back {paid_back} of {charge.amount_cents} cents"
        yield _violation(message, attempt=charge.key)


def _refunded(view: View, refund: Refund, provider: Provider) -> Iterator[Violation]:
    payment = view.facts.books.payments[refund.payment_id]
    paid = provider.paid_back.get(refund.refund_id)
    # Of nothing the provider hears nothing.
    if paid is None and refund.status == "REFUNDED" and refund.amount_cents > 0:
        message = "the provider never paid a refund that is REFUNDED"
    elif paid is not None and paid.amount_cents != refund.amount_cents:
        message = f"{paid.amount_cents} of a refund's {refund.amount_cents} cents were paid"
    else:
        return
    yield _violation(message, payment.order_id, payment.payment_id, refund=refund.refund_id)


def _of(payment: Payment, message: str) -> Violation:
    return _violation(message, payment.order_id, payment.payment_id)


def _violation(
    message: str,
    order: str | None = None,
    payment: str | None = None,
    *,
    attempt: str | None = None,
    refund: str | None = None,
) -> Violation:
    return Violation(
        "I4", message, Ids(order=order, payment=payment, attempt=attempt, refund=refund)
    )
