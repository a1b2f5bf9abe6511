"""Notices of providers that were acted on, so that a repeated one has no effect."""

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from functions.payments.store.tables import notices


def is_known(connection: Connection, provider: str, notice_id: str) -> bool:
    ours = (notices.c.provider == provider, notices.c.notice_id == notice_id)
    return connection.execute(select(notices.c.kind).where(*ours)).one_or_none() is not None


def add(connection: Connection, provider: str, notice_id: str, kind: str, now: datetime) -> None:
    """Known from now on; known before is known."""
    row = {"provider": provider, "notice_id": notice_id, "kind": kind, "received_at": now}
    connection.execute(insert(notices).values(row).on_conflict_do_nothing())


def forget_before(connection: Connection, moment: datetime) -> None:
    connection.execute(delete(notices).where(notices.c.received_at < moment))
