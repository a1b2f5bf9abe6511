"""Messages of one stream are told in order: what the outbox needs to know, and to find quickly."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("stream", sa.String(64)))
    op.create_index(
        "outbox_streams",
        "outbox",
        ["stream", "message_id"],
        postgresql_where=sa.text("stream IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("outbox_streams", "outbox")
    op.drop_column("outbox", "stream")
