"""Which Stripe intent belongs to which attempt, and which providers are known to be away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "stripe_intents",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("intent_id", sa.String(255), unique=True),
        sa.Column("amount_cents", sa.BigInteger),
        sa.Column("currency", sa.String(3)),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "(intent_id IS NULL) = (amount_cents IS NULL)"
            " AND (intent_id IS NULL) = (currency IS NULL)",
            name="stripe_intents_whole_or_refused",
        ),
    )
    op.create_table(
        "breakers",
        sa.Column("provider", sa.String(32), primary_key=True),
        sa.Column("failed_at", sa.ARRAY(_INSTANT), nullable=False),
        sa.Column("opened_at", _INSTANT),
        sa.Column("probing_until", _INSTANT),
        sa.CheckConstraint(
            "opened_at IS NOT NULL OR probing_until IS NULL",
            name="breakers_only_an_open_one_is_probed",
        ),
    )


def downgrade() -> None:
    op.drop_table("breakers")
    op.drop_table("stripe_intents")
