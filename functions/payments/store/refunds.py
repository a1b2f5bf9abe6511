"""Refunds: committed as PENDING before the provider hears of them, REFUNDED once it has paid."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from functions.payments.domain import Refund, RefundStatus
from functions.payments.store.tables import payments, refunds


def add(connection: Connection, refund: Refund) -> None:
    """Its amount must be claimed on the payment in the same transaction."""
    connection.execute(insert(refunds).values(vars(refund)))


def complete(
    connection: Connection, refund: Refund, provider_refund_id: str | None, now: datetime
) -> bool:
    """The provider has paid it back. False if that is no news."""
    pending = update(refunds).where(
        refunds.c.refund_id == refund.refund_id, refunds.c.status == RefundStatus.PENDING
    )
    paid_back = pending.values(
        status=RefundStatus.REFUNDED, provider_refund_id=provider_refund_id, completed_at=now
    )
    if connection.execute(paid_back).rowcount == 0:
        return False
    connection.execute(
        update(payments)
        .where(payments.c.payment_id == refund.payment_id)
        .values(
            refunded_cents=payments.c.refunded_cents + refund.amount_cents,
            refunded_at=now,
            updated_at=now,
        )
    )
    return True


def find(connection: Connection, refund_id: str) -> Refund | None:
    query = select(refunds).where(refunds.c.refund_id == refund_id)
    row = connection.execute(query).mappings().one_or_none()
    return _refund(row) if row else None


def list_of(connection: Connection, payment_ids: Collection[str]) -> list[Refund]:
    """Each refund of these payments, oldest first."""
    given = select(refunds).where(refunds.c.payment_id.in_(payment_ids))
    in_order = given.order_by(refunds.c.created_at, refunds.c.refund_id)
    return [_refund(row) for row in connection.execute(in_order).mappings()]


def list_pending(connection: Connection, created_before: datetime, limit: int) -> list[Refund]:
    """Refunds that the provider has not confirmed: some, by lot.

    One that the provider will never pay would else be asked for every time, and the others never.
    """
    pending = (
        select(refunds)
        .where(refunds.c.status == RefundStatus.PENDING, refunds.c.created_at <= created_before)
        .order_by(func.random())
        .limit(limit)
    )
    return [_refund(row) for row in connection.execute(pending).mappings()]


def oldest_pending_at(connection: Connection) -> datetime | None:
    """Since when the oldest refund waits for its provider."""
    waiting = select(func.min(refunds.c.created_at)).where(refunds.c.status == RefundStatus.PENDING)
    return connection.execute(waiting).scalar_one_or_none()


def _refund(row: RowMapping) -> Refund:
    return Refund(**{**row, "status": RefundStatus(row["status"])})
