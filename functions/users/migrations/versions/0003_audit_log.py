"""The audit log, which is only ever added to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("entry_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("actor_id", sa.Integer, sa.ForeignKey("users.user_id")),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("request_id", sa.Text),
    )
    op.create_index("audit_log_user", "audit_log", ["user_id", "entry_id"])
    op.create_index("audit_log_actor", "audit_log", ["actor_id", "entry_id"])
    # By a trigger, as the functions' role owns the table: a right that was revoked from it, it
    # could give itself again, without anybody noticing.
    op.execute(
        """
        CREATE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'The audit log is only added to' USING ERRCODE = '23001';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_log_keeps_all BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget()
        """
    )


def downgrade() -> None:
    op.drop_table("audit_log")
    op.execute("DROP FUNCTION refuse_to_forget()")
