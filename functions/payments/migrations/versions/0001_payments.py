"""Payments, their attempts and refunds, kept answers, the outbox, and the simulator's own books."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_payments()
    _create_attempts()
    _create_refunds()
    _create_kept_answers()
    _create_outbox()
    _create_simulator()


def _create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.String(36), primary_key=True),
        sa.Column("order_id", sa.String(64), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer),
        sa.Column("event_id", sa.Integer),
        sa.Column("organizer_id", sa.Integer),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("expires_at", _INSTANT),
        sa.Column("task_token", sa.Text),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("void_reason", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_outcome", sa.String(16)),
        sa.Column("provider", sa.String(32)),
        sa.Column("provider_txn_id", sa.String(255)),
        sa.Column("captured_attempt", sa.String(36)),
        sa.Column("captured_cents", sa.BigInteger, nullable=False),
        sa.Column("refund_claimed_cents", sa.BigInteger, nullable=False),
        sa.Column("refunded_cents", sa.BigInteger, nullable=False),
        sa.Column("refunded_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "verdict IN ('PENDING', 'SUCCESS', 'VOIDED')", name="payments_verdict_is_known"
        ),
        sa.CheckConstraint(
            "verdict = 'VOIDED' OR (user_id IS NOT NULL AND expires_at IS NOT NULL)",
            name="payments_only_a_voided_one_is_unannounced",
        ),
        sa.CheckConstraint(
            "0 <= refunded_cents AND refunded_cents <= refund_claimed_cents"
            " AND refund_claimed_cents <= captured_cents",
            name="payments_refunds_never_exceed_the_capture",
        ),
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("attempt_key", sa.String(36), primary_key=True),
        sa.Column(
            "payment_id", sa.String(36), sa.ForeignKey("payments.payment_id"), nullable=False
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("asked_as", sa.String(300), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("token", sa.String(255), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("provider_txn_id", sa.String(255)),
        sa.Column("reason", sa.Text),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.UniqueConstraint("payment_id", "number", name="attempts_number"),
        sa.UniqueConstraint("payment_id", "asked_as", name="attempts_asked_once"),
        sa.CheckConstraint("number BETWEEN 1 AND 5", name="attempts_at_most_five"),
        sa.CheckConstraint(
            "outcome IN ('UNKNOWN', 'CAPTURED', 'DECLINED', 'CANCELLED')",
            name="attempts_outcome_is_known",
        ),
    )
    op.create_index(
        "attempts_one_unresolved",
        "attempts",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'UNKNOWN'"),
    )


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.String(64), primary_key=True),
        sa.Column(
            "payment_id",
            sa.String(36),
            sa.ForeignKey("payments.payment_id"),
            nullable=False,
            index=True,
        ),
        sa.Column(
            "attempt_key", sa.String(36), sa.ForeignKey("attempts.attempt_key"), nullable=False
        ),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("provider_refund_id", sa.String(255)),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("completed_at", _INSTANT),
        sa.CheckConstraint("amount_cents >= 0", name="refunds_amount_is_not_negative"),
        sa.CheckConstraint("status IN ('PENDING', 'REFUNDED')", name="refunds_status_is_known"),
    )
    op.create_index(
        "refunds_pending",
        "refunds",
        ["created_at"],
        postgresql_where=sa.text("status = 'PENDING'"),
    )


def _create_kept_answers() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("operation", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False, index=True),
        sa.Column("locked_until", _INSTANT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("content_type", sa.String(64)),
        sa.Column("body", sa.Text),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False, index=True),
    )


def _create_simulator() -> None:
    op.create_table(
        "simulator_charges",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("amount_cents", sa.BigInteger),
        sa.Column("currency", sa.String(3)),
        sa.Column("token", sa.String(255)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("transaction_id", sa.String(64)),
        sa.Column("reason", sa.Text),
        sa.Column("refunded_cents", sa.BigInteger, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "simulator_refunds",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column(
            "charge_key", sa.String(64), sa.ForeignKey("simulator_charges.key"), nullable=False
        ),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    for table in (
        "simulator_refunds",
        "simulator_charges",
        "outbox",
        "kept_answers",
        "refunds",
        "attempts",
        "payments",
    ):
        op.drop_table(table)
