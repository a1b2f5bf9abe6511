"""What a backlog of messages costs whoever has one to tell, while a receiver is away."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from embedded.bench.growth.paths import Path, grows
from functions.catalog.store import outbox as table
from functions.shared import outbox
from functions.shared.outbox import Message
from functions.shared.postgres import transaction


def paths(engine: Engine, _messages: int) -> list[Path]:
    now = datetime.now(UTC)

    def append() -> None:
        with transaction(engine) as connection:
            outbox.append(connection, table, Message("event", {}, "new"), now)

    def deliver() -> None:
        append()
        outbox.drain(engine, table, lambda _message: None, now)

    return [
        grows(
            "outbox: write and deliver, others waiting",
            deliver,
            "only while a receiver is away: each look for what is due passes all that waits",
            is_hot=True,
        ),
        Path("outbox: write", append),
    ]
