"""Events that are being cancelled, or were: how far that has come."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cancellations",
        sa.Column(
            "event_id",
            sa.Integer,
            sa.ForeignKey("events.event_id", name="cancellations_event"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("run_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passes", sa.Integer, nullable=False),
        sa.Column("orders_refunded", sa.Integer, nullable=False),
        sa.Column("orders_voided", sa.Integer, nullable=False),
        sa.Column("orders_open", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("cancellations")
