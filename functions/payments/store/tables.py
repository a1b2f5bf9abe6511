"""The tables as this domain's code uses them; `migrations/` makes them, with their constraints."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from functions.shared.outbox import outbox_table

metadata = MetaData()
_INSTANT = DateTime(timezone=True)

payments = Table(
    "payments",
    metadata,
    Column("payment_id", String(36), primary_key=True),
    Column("order_id", String(64), nullable=False, unique=True),
    Column("user_id", Integer),
    Column("event_id", Integer),
    Column("organizer_id", Integer),
    Column("amount_cents", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("expires_at", _INSTANT),
    Column("task_token", Text),
    Column("verdict", String(16), nullable=False),
    Column("void_reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("last_outcome", String(16)),
    Column("provider", String(32)),
    Column("provider_txn_id", String(255)),
    Column("captured_attempt", String(36)),
    Column("captured_cents", BigInteger, nullable=False),
    Column("refund_claimed_cents", BigInteger, nullable=False),
    Column("refunded_cents", BigInteger, nullable=False),
    Column("refunded_at", _INSTANT),
    Column("created_at", _INSTANT, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_key", String(36), primary_key=True),
    Column("payment_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("asked_as", String(300), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("token", String(255), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("provider_txn_id", String(255)),
    Column("reason", Text),
    Column("started_at", _INSTANT, nullable=False),
    Column("closed_at", _INSTANT),
)

refunds = Table(
    "refunds",
    metadata,
    Column("refund_id", String(64), primary_key=True),
    Column("payment_id", String(36), nullable=False),
    Column("attempt_key", String(36), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("reason", Text),
    Column("status", String(16), nullable=False),
    Column("provider_refund_id", String(255)),
    Column("created_at", _INSTANT, nullable=False),
    Column("completed_at", _INSTANT),
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("started_at", _INSTANT, nullable=False),
    Column("locked_until", _INSTANT, nullable=False),
    Column("status", Integer),
    Column("content_type", String(64)),
    Column("body", Text),
)

notices = Table(
    "notices",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("notice_id", String(255), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("received_at", _INSTANT, nullable=False),
)

outbox = outbox_table(metadata)
