"""What is over is deleted. Nothing counts on it: each query looks at the time itself."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Table, delete, select

from functions.users.attempt_store import attempts
from functions.users.reset_store import password_resets
from functions.users.token_store import refresh_tokens

SWEPT: Final = (refresh_tokens, attempts, password_resets)
# One turn's share, so that no statement runs into its timeout however much there is.
MOST_ROWS: Final = 5_000


def sweep(connection: Connection, table: Table, now: datetime) -> int:
    """Delete what has expired, and say how many. What is in use is left for the next turn."""
    [key] = table.primary_key.columns
    expired = select(key).where(table.c.expires_at <= now).limit(MOST_ROWS)
    # A plain subquery may be run again for each row, and choose others each time.
    chosen = expired.with_for_update(skip_locked=True).cte("chosen")
    return connection.execute(delete(table).where(key.in_(select(chosen)))).rowcount
