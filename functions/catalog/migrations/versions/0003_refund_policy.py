"""What customers get back who give tickets up: `full_until_hours` and `then_percent`, or all."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("refund_policy", sa.JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("events", "refund_policy")
