"""What the report adds up, found by event and by time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("payments_of_event", "payments", ["event_id"])
    op.create_index(
        "attempts_captured",
        "attempts",
        ["closed_at"],
        postgresql_where=sa.text("outcome = 'CAPTURED'"),
    )
    op.create_index(
        "refunds_paid",
        "refunds",
        ["completed_at"],
        postgresql_where=sa.text("status = 'REFUNDED'"),
    )


def downgrade() -> None:
    op.drop_index("refunds_paid", "refunds")
    op.drop_index("attempts_captured", "attempts")
    op.drop_index("payments_of_event", "payments")
