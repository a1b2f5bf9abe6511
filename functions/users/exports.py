"""All data held on a user, for that user: their own copy, whole or not at all."""

import json
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Engine

from functions.shared.postgres import transaction
from functions.users import attempts, store, token_store, trail_store
from functions.users.domain import EXPORTS, ExportTooLarge, User, UserStatus, no_such_user
from functions.users.neighbours import Document, Neighbours
from functions.users.token_store import SessionTimes
from functions.users.trail import KeptEntry

# Lambda answers with at most 6 MB, of which JSON in JSON takes its share.
MOST_BYTES: Final = 4_000_000


class Export(NamedTuple):
    user: User
    sessions: list[SessionTimes]
    entries: list[KeptEntry]
    orders: list[Document]
    payments: list[Document]
    reservations: list[Document]
    exported_at: datetime


def export_user(engine: Engine, neighbours: Neighbours, user_id: int, now: datetime) -> Export:
    """Raises NotFound, TooManyAttempts, ExportTooLarge, or ServiceUnavailable if anybody who holds
    some of it is away.
    """
    with transaction(engine) as connection:
        user = store.find_user(connection, user_id)
        if user is None or user.status is UserStatus.DELETED:
            raise no_such_user()
        attempts.admit(connection, attempts.export_key(user_id), EXPORTS, now)
        sessions = token_store.list_sessions(connection, user_id)
        entries = trail_store.list_entries(connection, user_id=user_id)
    # No connection waits while the others are asked.
    orders: list[Document] = []
    payments: list[Document] = []
    reservations: dict[str, Document] = {}
    room = _Room()
    for page in neighbours.orders_of(user_id):
        paid = neighbours.payments_of(user_id, [order["orderId"] for order in page])
        held = neighbours.reservations_of(user_id, [order["reservationId"] for order in page])
        room.take(page, paid, held)
        orders += page
        payments += paid
        reservations |= {each["reservationId"]: each for each in held}
    for held in neighbours.holds_of(user_id):
        room.take(held)
        reservations |= {each["reservationId"]: each for each in held}
    return Export(user, sessions, entries, orders, payments, list(reservations.values()), now)


class _Room:
    """How much more an answer holds."""

    def __init__(self) -> None:
        self._bytes_left = MOST_BYTES

    def take(self, *documents: list[Document]) -> None:
        """Raises ExportTooLarge."""
        self._bytes_left -= len(json.dumps(documents))
        if self._bytes_left < 0:
            raise ExportTooLarge(
                "Read GET /v1/orders, page by page, and ask for each order's tickets and payment."
            )
