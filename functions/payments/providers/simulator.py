"""A provider of our own making, with books of its own.

Its tables are nobody else's, and each call is a transaction of its own, so that "charged, but the
answer was lost" is a state that really exists and outlives every process. The token says how a
charge goes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from functions.payments.domain import (
    Outcome,
    ProviderInProgress,
    ProviderRefused,
    ProviderUnavailable,
)
from functions.payments.providers.port import Answer
from functions.shared.postgres import transaction
from functions.shared.problems import ServiceUnavailable

OK = "tok_ok"
DECLINED = "tok_declined"
TIMEOUT_BEFORE = "tok_timeout_before"
TIMEOUT_AFTER = "tok_timeout_after"
LATE = "tok_late"
TOKENS = frozenset({OK, DECLINED, TIMEOUT_BEFORE, TIMEOUT_AFTER, LATE})
LATE_AFTER: Final = timedelta(seconds=30)

metadata = MetaData()

charges = Table(
    "simulator_charges",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("amount_cents", BigInteger),
    Column("currency", String(3)),
    Column("token", String(255)),
    Column("outcome", String(16), nullable=False),
    Column("transaction_id", String(64)),
    Column("reason", Text),
    Column("refunded_cents", BigInteger, nullable=False),
    # When a late charge comes about; its outcome is UNKNOWN until somebody looks after that.
    Column("due_at", DateTime(timezone=True)),
)

refunds = Table(
    "simulator_refunds",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("charge_key", String(64), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
)

_FIND: Final = select(charges).where(charges.c.key == bindparam("its_key"))
_FIRST: Final = insert(charges).on_conflict_do_nothing().returning(charges)


class Simulator:
    """`remind` has somebody look after a late charge when it comes about (`late_charges.py`)."""

    name = "simulator"

    def __init__(
        self, engine: Engine, remind: Callable[[str, timedelta], None] | None = None
    ) -> None:
        self._engine = engine
        self._remind = remind

    def accepts(self, token: str) -> bool:
        return token in TOKENS

    def check(self, connection: Connection) -> None:
        """What it comes to is known when it is asked, and not before."""

    def admitted(self, connection: Connection | None = None) -> Self:  # noqa: ARG002
        return self

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        if token == TIMEOUT_BEFORE:
            raise ProviderUnavailable.retry_after(1, "The request got lost on its way.")
        asked = {"amount_cents": amount_cents, "currency": currency, "token": token}
        is_new, charge = self._record(key, **asked, **_fate(token))
        if charge["outcome"] != Outcome.CANCELLED and any(
            charge[name] != value for name, value in asked.items()
        ):
            raise ProviderRefused(f"The key {key} was used for another charge.")
        if is_new and token == TIMEOUT_AFTER:
            raise ProviderUnavailable.retry_after(1, "The answer got lost on its way.")
        if is_new and token == LATE and self._remind is not None:
            self._remind(key, LATE_AFTER)
        return self._answer(charge)

    def find(self, key: str) -> Answer | None:
        with self._books() as connection:
            charge = connection.execute(_FIND, {"its_key": key}).mappings().one_or_none()
        return self._answer(charge) if charge else None

    def cancel(self, key: str) -> Answer:
        # The refusal is kept under the key, so that a charge which is still on its way finds it.
        _, charge = self._record(key, outcome=Outcome.CANCELLED, reason="cancelled")
        return self._answer(charge)

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        with self._books() as connection:
            asked = {"charge_key": charge_key, "amount_cents": amount_cents}
            is_new = connection.execute(
                insert(refunds).values(key=refund_key, **asked).on_conflict_do_nothing()
            ).rowcount
            if is_new:
                _pay_back(connection, charge_key, amount_cents)
            query = select(refunds).where(refunds.c.key == refund_key)
            kept = connection.execute(query).mappings().one()
            if any(kept[name] != value for name, value in asked.items()):
                raise ProviderRefused(f"The key {refund_key} was used for another refund.")
        return f"sim_refund_{refund_key}"

    @contextmanager
    def _books(self) -> Iterator[Connection]:
        """A transaction; to whoever asks a provider, its database away is the provider away."""
        try:
            with transaction(self._engine) as connection:
                yield connection
        except ServiceUnavailable as error:
            raise ProviderUnavailable.retry_after(1, "The simulator did not answer.") from error

    def _record(self, key: str, **columns: Any) -> tuple[bool, RowMapping]:
        """The charge under this key, and whether it was written just now. The first one stands."""
        with self._books() as connection:
            new = {"key": key, "refunded_cents": 0, **columns}
            written = connection.execute(_FIRST, new).mappings().one_or_none()
            if written is not None:
                return True, written
            return False, connection.execute(_FIND, {"its_key": key}).mappings().one()

    def _answer(self, charge: RowMapping) -> Answer:
        """Raises ProviderInProgress for a late charge whose time has not come."""
        outcome = Outcome(charge["outcome"])
        if outcome is Outcome.UNKNOWN:
            if datetime.now(UTC) < charge["due_at"]:
                raise ProviderInProgress.retry_after(2, "The simulator takes its time.")
            self._capture(charge["key"])
            outcome = Outcome.CAPTURED
        if outcome is Outcome.CAPTURED:
            return Answer.captured(
                charge["transaction_id"], charge["amount_cents"], charge["currency"]
            )
        if outcome is Outcome.DECLINED:
            return Answer.declined(charge["reason"])
        return Answer.cancelled()

    def _capture(self, key: str) -> None:
        late = update(charges).where(charges.c.key == key, charges.c.outcome == Outcome.UNKNOWN)
        with self._books() as connection:
            connection.execute(late.values(outcome=Outcome.CAPTURED))


def _pay_back(connection: Connection, charge_key: str, amount_cents: int) -> None:
    enough_left = (
        update(charges)
        .where(
            charges.c.key == charge_key,
            charges.c.outcome == Outcome.CAPTURED,
            charges.c.refunded_cents + amount_cents <= charges.c.amount_cents,
        )
        .values(refunded_cents=charges.c.refunded_cents + amount_cents)
    )
    if connection.execute(enough_left).rowcount == 0:
        raise ProviderRefused(f"{charge_key} has not captured {amount_cents} that are left.")


def _fate(token: str) -> dict[str, Any]:
    """What a token says becomes of its charge."""
    if token == DECLINED or token not in TOKENS:
        return {"outcome": Outcome.DECLINED, "reason": "The card was declined."}
    bound = {"transaction_id": f"sim_{uuid4().hex}"}
    if token == LATE:
        return {**bound, "outcome": Outcome.UNKNOWN, "due_at": datetime.now(UTC) + LATE_AFTER}
    return {**bound, "outcome": Outcome.CAPTURED}
