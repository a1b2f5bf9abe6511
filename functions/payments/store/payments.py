"""Payments: one row an order, and the one conditional write that makes its verdict.

What a charge executes is built once, at import: building costs SQLAlchemy thirty times what it
takes to find the compiled one again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from functions.payments.domain import (
    NO_CURRENCY,
    Due,
    Outcome,
    Payment,
    Verdict,
    payment_id_of,
)
from functions.payments.store.tables import payments

_NOTHING_YET = {
    "attempts": 0,
    "captured_cents": 0,
    "refund_claimed_cents": 0,
    "refunded_cents": 0,
}
_ITS_ID: Final = payments.c.payment_id == bindparam("its_id")
_READ: Final = select(payments).where(_ITS_ID)
_LOCK: Final = _READ.with_for_update()
_UNDECIDED: Final = update(payments).where(_ITS_ID, payments.c.verdict == Verdict.PENDING)
_DECIDE: Final = _UNDECIDED.returning(payments)
_UNANNOUNCED: Final = update(payments).where(_ITS_ID, payments.c.user_id.is_(None))
_BY_ID: Final = insert(payments).on_conflict_do_nothing(index_elements=["payment_id"])
_ANNOUNCE: Final = _BY_ID.returning(payments)


def find(connection: Connection, payment_id: str) -> Payment | None:
    row = connection.execute(_READ, {"its_id": payment_id}).mappings().one_or_none()
    return _payment(row) if row else None


def get(connection: Connection, payment_id: str) -> Payment:
    """A payment that must be there."""
    return _payment(connection.execute(_READ, {"its_id": payment_id}).mappings().one())


def lock(connection: Connection, payment_id: str) -> Payment:
    """A payment that must be there; nobody else decides about it before our transaction ends."""
    return _payment(connection.execute(_LOCK, {"its_id": payment_id}).mappings().one())


def find_visible(
    connection: Connection, payment_id: str, *, user_id: int | None, organizes: bool
) -> Payment | None:
    """An announced payment that is this user's own, or for an event of theirs if they organize
    events; without a user id, anybody's.
    """
    visible = select(payments).where(
        payments.c.payment_id == payment_id, payments.c.user_id.is_not(None)
    )
    if user_id is not None:
        theirs = payments.c.organizer_id == user_id
        own = payments.c.user_id == user_id
        visible = visible.where(or_(own, theirs) if organizes else own)
    row = connection.execute(visible).mappings().one_or_none()
    return _payment(row) if row else None


def list_of(connection: Connection, user_id: int, order_ids: Collection[str]) -> list[Payment]:
    """This user's payments for these orders, oldest first."""
    theirs = select(payments).where(
        payments.c.user_id == user_id, payments.c.order_id.in_(order_ids)
    )
    in_order = theirs.order_by(payments.c.created_at, payments.c.payment_id)
    return [_payment(row) for row in connection.execute(in_order).mappings()]


def announce(connection: Connection, due: Due, now: datetime) -> Payment:
    """Write down what is due, or only whom to tell, if it is known already. The row is locked.

    What is decided stays as it is, however late it is announced again. Only a payment voided before
    it was announced learns what it was for, within the order's window.
    """
    known = {
        "user_id": due.user_id,
        "event_id": due.event_id,
        "organizer_id": due.organizer_id,
        "amount_cents": due.amount_cents,
        "currency": due.currency,
        "expires_at": due.expires_at,
    }
    payment_id = payment_id_of(due.order_id)
    new = {
        "payment_id": payment_id,
        "order_id": due.order_id,
        "verdict": Verdict.PENDING,
        "task_token": due.task_token,
        "created_at": now,
        "updated_at": now,
        **known,
        **_NOTHING_YET,
    }
    written = connection.execute(_ANNOUNCE, new).mappings().one_or_none()
    if written is not None:
        return _payment(written)
    connection.execute(_UNDECIDED, {"its_id": payment_id, "task_token": due.task_token})
    if now < due.expires_at:
        connection.execute(_UNANNOUNCED, {"its_id": payment_id, "updated_at": now, **known})
    return lock(connection, payment_id)


def void_unannounced(connection: Connection, order_id: str, reason: str, now: datetime) -> bool:
    """Leave a VOIDED payment where none is, so that a late announcement finds it."""
    voided = {
        "payment_id": payment_id_of(order_id),
        "order_id": order_id,
        "amount_cents": 0,
        "currency": NO_CURRENCY,
        "verdict": Verdict.VOIDED,
        "void_reason": reason,
        "created_at": now,
        "updated_at": now,
        **_NOTHING_YET,
    }
    return connection.execute(_BY_ID, voided).rowcount == 1


def decide(
    connection: Connection, payment_id: str, verdict: Verdict, now: datetime, **facts: Any
) -> Payment | None:
    """The verdict: made once, by whoever comes first; the payment with it, or None if there was
    one already.
    """
    made = {"its_id": payment_id, "verdict": verdict, "updated_at": now, **facts}
    row = connection.execute(_DECIDE, made).mappings().one_or_none()
    return _payment(row) if row else None


def add_stray_capture(
    connection: Connection, payment_id: str, amount_cents: int, now: datetime
) -> None:
    """Money nobody wanted any more: counted as captured and, at once, as to be given back."""
    connection.execute(
        update(payments)
        .where(payments.c.payment_id == payment_id)
        .values(
            captured_cents=payments.c.captured_cents + amount_cents,
            refund_claimed_cents=payments.c.refund_claimed_cents + amount_cents,
            updated_at=now,
        )
    )


def claim_refund(connection: Connection, payment_id: str, amount_cents: int, now: datetime) -> bool:
    """Set money aside for a refund. False if that much is not left of what was captured."""
    claimed = payments.c.refund_claimed_cents + amount_cents
    enough_left = update(payments).where(
        payments.c.payment_id == payment_id,
        payments.c.verdict == Verdict.SUCCESS,
        claimed <= payments.c.captured_cents,
    )
    done = connection.execute(enough_left.values(refund_claimed_cents=claimed, updated_at=now))
    return done.rowcount == 1


def _payment(row: RowMapping) -> Payment:
    last = row["last_outcome"]
    typed = {"verdict": Verdict(row["verdict"]), "last_outcome": Outcome(last) if last else None}
    return Payment(**{**row, **typed})
