"""The outbox is read in the order in which it was written: nothing asks for it by `due_at`."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_outbox_due_at", "outbox")


def downgrade() -> None:
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
