"""Which intent belongs to which of our keys, committed before it is confirmed.

The first row under a key stands. One without an intent is a kept refusal: the key was given up
before it had an intent, and whoever comes later to store one finds that.
"""

from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, select
from sqlalchemy.dialects.postgresql import insert

from functions.shared.postgres import transaction

metadata = MetaData()

intents = Table(
    "stripe_intents",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("intent_id", String(255)),
    Column("amount_cents", BigInteger),
    Column("currency", String(3)),
)


class Kept(NamedTuple):
    intent_id: str | None
    amount_cents: int | None = None
    currency: str | None = None


REFUSAL = Kept(None)


def find(engine: Engine, key: str) -> Kept | None:
    query = select(intents.c.intent_id, intents.c.amount_cents, intents.c.currency)
    with transaction(engine) as connection:
        row = connection.execute(query.where(intents.c.key == key)).one_or_none()
    return Kept(*row) if row else None


def keep(engine: Engine, key: str, wanted: Kept) -> Kept:
    """What is kept under the key from now on: this, unless something was already."""
    with transaction(engine) as connection:
        connection.execute(
            insert(intents).values(key=key, **wanted._asdict()).on_conflict_do_nothing()
        )
        query = select(intents.c.intent_id, intents.c.amount_cents, intents.c.currency)
        return Kept(*connection.execute(query.where(intents.c.key == key)).one())
