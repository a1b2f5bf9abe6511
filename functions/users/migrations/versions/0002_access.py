"""Refresh tokens know their successors; failed attempts, password resets and mail to be sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("password_changed_at", _INSTANT))
    op.execute("UPDATE users SET password_changed_at = created_at")
    op.alter_column("users", "password_changed_at", nullable=False)
    op.add_column("refresh_tokens", sa.Column("successor_hash", sa.LargeBinary))
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])
    op.create_table(
        "attempts",
        sa.Column("attempt_key", sa.LargeBinary, primary_key=True),
        sa.Column("attempted_at", postgresql.ARRAY(_INSTANT), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_attempts_expires_at", "attempts", ["expires_at"])
    op.create_table(
        "password_resets",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"])
    op.create_index("ix_password_resets_expires_at", "password_resets", ["expires_at"])
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("stream", sa.String(64)),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.create_index(
        "outbox_streams",
        "outbox",
        ["stream", "message_id"],
        postgresql_where=sa.text("stream IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("outbox", "password_resets", "attempts"):
        op.drop_table(table)
    op.drop_index("ix_refresh_tokens_expires_at", "refresh_tokens")
    op.drop_column("refresh_tokens", "successor_hash")
    op.drop_column("users", "password_changed_at")
