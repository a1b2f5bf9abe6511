"""What providers have told us by webhook, and when the simulator's late charges come about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("provider", sa.String(32), primary_key=True),
        sa.Column("notice_id", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False, index=True),
    )
    op.add_column("simulator_charges", sa.Column("due_at", _INSTANT))


def downgrade() -> None:
    op.drop_column("simulator_charges", "due_at")
    op.drop_table("notices")
