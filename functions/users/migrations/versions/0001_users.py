"""Users and their refresh tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("username", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("first_name", sa.Text),
        sa.Column("last_name", sa.Text),
        sa.Column("phone_number", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("city", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("zip_code", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(status = 'DELETED') = (username IS NULL) AND (status = 'DELETED') = (email IS NULL)"
            " AND (status = 'DELETED') = (password_hash IS NULL)",
            name="users_erased_when_deleted",
        ),
    )
    op.create_index(
        "users_username_unique", "users", [sa.func.lower(sa.column("username"))], unique=True
    )
    op.create_index("users_email_unique", "users", [sa.func.lower(sa.column("email"))], unique=True)
    op.create_index("users_status", "users", ["status", "user_id"])
    op.create_index("users_role", "users", ["role", "user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("family_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_refresh_tokens_family_id", "refresh_tokens", ["family_id"])
    op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", ["user_id"])


def downgrade() -> None:
    op.drop_table("refresh_tokens")
    op.drop_table("users")
