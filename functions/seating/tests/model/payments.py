"""Payments: the verdict, attempts to charge, and refunds, one committed step at a time."""

from collections.abc import Iterator, Set
from typing import Literal

from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.state import DUE, KEPT, PAID, REFUNDED, Attempt, Order

_NEXT = {DUE: PAID, PAID: REFUNDED}


def announce(order: Order) -> Order:
    """What is due is written down; a verdict that was made before stands."""
    return order if order.verdict else order._replace(verdict="PENDING")


def status_of(order: Order) -> str | None:
    """Payments' word for it; None if payments has not heard of the order."""
    if order.verdict != "SUCCESS":
        return order.verdict or None
    back = order.refunds.count(REFUNDED)
    kept = sum(attempt.books == "CAPTURED" for attempt in order.attempts) - back
    return "REFUNDED" if back and not kept else "SUCCESS"


def may_attempt(order: Order, most: int, flaws: Set[Flaw]) -> bool:
    fenced = order.is_unresolved and Flaw.NO_ATTEMPT_FENCE not in flaws
    return order.verdict == "PENDING" and len(order.attempts) < most and not fenced


def void(order: Order, flaws: Set[Flaw] = frozenset()) -> Order:
    """The verdict VOIDED if there is none, also where nothing was announced yet."""
    overwrites = Flaw.VERDICT_OVERWRITTEN in flaws
    if not order.verdict or order.verdict == "PENDING" or overwrites:
        return order._replace(verdict="VOIDED")
    return order


def record(order: Order, at: int, flaws: Set[Flaw]) -> Order:
    """Write down what the provider did with an attempt, with the verdict if it is a capture."""
    attempt = order.attempts[at]
    if not is_news(attempt):
        return order
    told = attempt._replace(books=attempt.provider)
    if attempt.provider != "CAPTURED":
        return _with(order, at, told)
    if order.verdict == "PENDING" or Flaw.VERDICT_OVERWRITTEN in flaws:
        return _with(order._replace(verdict="SUCCESS"), at, told._replace(money=KEPT))
    return _with(order, at, told._replace(money="" if Flaw.NO_STRAY_REFUND in flaws else DUE))


def is_news(attempt: Attempt) -> bool:
    """What was captured was captured, even if we had been told otherwise."""
    if not attempt.provider or not attempt.books:
        return False
    return attempt.books == "UNKNOWN" or (
        attempt.provider == "CAPTURED" and attempt.books != "CAPTURED"
    )


def resolved(order: Order, at: int, flaws: Set[Flaw]) -> Order:
    """One step of finding out what became of an attempt, and seeing that no more does."""
    attempt = order.attempts[at]
    if Flaw.UNKNOWN_IS_FAILURE in flaws:
        return _with(order, at, attempt._replace(books="DECLINED"))
    if attempt.provider:
        return record(order, at, flaws)
    if Flaw.NO_VOID in flaws:
        return _with(order, at, attempt._replace(books="CANCELLED"))
    return _with(order, at, attempt._replace(provider="CANCELLED"))


def arrivals(order: Order, *, is_fickle: bool) -> Iterator[tuple[str, Order]]:
    """A charge reaches the provider, at some time after it was sent.

    A fickle provider captures what it had declined or cancelled.
    """
    for at, attempt in enumerate(order.attempts):
        if not attempt.provider:
            for outcome in ("CAPTURED", "DECLINED"):
                yield outcome, _with(order, at, attempt._replace(provider=outcome))
        elif is_fickle and attempt.provider != "CAPTURED":
            yield "CAPTURED after all", _with(order, at, attempt._replace(provider="CAPTURED"))


Cause = Literal["lost", "whole"]


def claim_refund(order: Order, cause: Cause, flaws: Set[Flaw]) -> Order | None:
    """Set all that is left aside for a refund. None if nothing is left, or nothing was captured."""
    if getattr(order, cause):
        return order
    kept = any(attempt.money == KEPT for attempt in order.attempts)
    is_left = not (order.lost or order.whole) or Flaw.REFUND_WITHOUT_LIMIT in flaws
    if order.verdict != "SUCCESS" or not kept or not is_left:
        return None
    return order._replace(lost=DUE) if cause == "lost" else order._replace(whole=DUE)


def paying_back(order: Order) -> Iterator[Order]:
    """The provider pays a refund, or it is written down, by whoever asked or by the relay."""
    for at, attempt in enumerate(order.attempts):
        if attempt.money in _NEXT:
            yield _with(order, at, attempt._replace(money=_NEXT[attempt.money]))
    if order.lost in _NEXT:
        yield order._replace(lost=_NEXT[order.lost])
    if order.whole in _NEXT:
        yield order._replace(whole=_NEXT[order.whole])


def _with(order: Order, at: int, attempt: Attempt) -> Order:
    # Which attempt came first makes no difference to anything that can still happen.
    others = (*order.attempts[:at], *order.attempts[at + 1 :])
    return order._replace(attempts=tuple(sorted((*others, attempt))))
