"""Whether a provider is known to be away, as all functions of payments see it together.

Closed while things go well. Five failures within 10 s open it: then nobody asks the provider for
10 s. After that one caller may, whoever comes first: its success closes the breaker, its failure
opens it again. All of it is one row a provider, and who may try is decided by a conditional write.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy import update as change
from sqlalchemy.dialects.postgresql import insert

from functions.payments.domain import ProviderUnavailable
from functions.shared.observability import count, logger
from functions.shared.postgres import transaction

FAILURES: Final = 5
WITHIN: Final = timedelta(seconds=10)
OPEN_FOR: Final = timedelta(seconds=10)
# Who tries may die at it; after this long somebody else may.
PROBE: Final = timedelta(seconds=15)
# Somebody is trying.
SOON: Final = timedelta(seconds=1)

metadata = MetaData()
_INSTANT = DateTime(timezone=True)

breakers = Table(
    "breakers",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("failed_at", ARRAY(_INSTANT), nullable=False),
    Column("opened_at", _INSTANT),
    Column("probing_until", _INSTANT),
)

# Asked before every charge, so built once.
_STATE: Final = select(breakers.c.opened_at, breakers.c.probing_until).where(
    breakers.c.provider == bindparam("whose")
)


class Pass(NamedTuple):
    """Leave to ask the provider; `probe` is until when it is the only one, if it is."""

    probe: datetime | None = None


def now_utc() -> datetime:
    return datetime.now(UTC)


class Breaker:
    def __init__(
        self, engine: Engine, provider: str, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._engine = engine
        self._own = breakers.c.provider == provider
        self._provider = provider
        self._clock = clock

    def check(self, connection: Connection) -> None:
        """Raises ProviderUnavailable while the provider is known to be away; writes nothing."""
        self._is_open(connection, self._clock())

    def admit(self, connection: Connection | None = None) -> Pass:
        """Raises ProviderUnavailable while the provider is known to be away; asks nobody.

        Seen through the caller's own `connection`, if given: while all is well nobody needs another
        one, and only who is let through to try must be written down apart from what they do.
        """
        now = self._clock()
        if connection is not None and not self._is_open(connection, now):
            return Pass()
        with transaction(self._engine) as own:
            if not self._is_open(own, now):
                return Pass()
            # Whoever saw the same row, and comes second, finds it changed.
            lease = now + PROBE
            free = or_(breakers.c.probing_until.is_(None), breakers.c.probing_until <= now)
            mine = change(breakers).where(self._own, breakers.c.opened_at <= now - OPEN_FOR, free)
            if own.execute(mine.values(probing_until=lease)).rowcount == 0:
                raise _away(SOON)
        return Pass(lease)

    def succeeded(self, leave: Pass) -> None:
        """The provider has answered. Only whoever was let through to try closes the breaker."""
        if leave.probe is None:
            return
        with transaction(self._engine) as connection:
            closed = change(breakers).where(self._own, breakers.c.probing_until == leave.probe)
            is_news = connection.execute(
                closed.values(failed_at=[], opened_at=None, probing_until=None)
            ).rowcount
        if is_news:
            logger.warning("provider back", extra={"provider": self._provider})

    def failed(self, leave: Pass) -> None:
        """The provider has not answered: once too often, perhaps."""
        now = self._clock()
        if leave.probe is not None:
            self._open_again(leave.probe, now)
            return
        with transaction(self._engine) as connection:
            connection.execute(
                insert(breakers)
                .values(provider=self._provider, failed_at=[])
                .on_conflict_do_nothing()
            )
            state = connection.execute(
                select(breakers.c.failed_at, breakers.c.opened_at)
                .where(self._own)
                .with_for_update()
            ).one()
            earlier = [at for at in state.failed_at if at > now - WITHIN]
            recent = [*earlier[1 - FAILURES :], now]
            opens = state.opened_at is None and len(recent) >= FAILURES
            opened_at = now if opens else state.opened_at
            connection.execute(
                change(breakers).where(self._own).values(failed_at=recent, opened_at=opened_at)
            )
        if opens:
            self._tell()

    def _is_open(self, connection: Connection, now: datetime) -> bool:
        """False if it is closed, True if somebody may try. Raises ProviderUnavailable otherwise."""
        state = connection.execute(_STATE, {"whose": self._provider}).one_or_none()
        if state is None or state.opened_at is None:
            return False
        if now < state.opened_at + OPEN_FOR:
            raise _away(state.opened_at + OPEN_FOR - now)
        if state.probing_until is not None and now < state.probing_until:
            raise _away(SOON)
        return True

    def _open_again(self, lease: datetime, now: datetime) -> None:
        with transaction(self._engine) as connection:
            again = change(breakers).where(and_(self._own, breakers.c.probing_until == lease))
            is_news = connection.execute(again.values(opened_at=now, probing_until=None)).rowcount
        if is_news:
            self._tell()

    def _tell(self) -> None:
        logger.error("provider away", extra={"provider": self._provider})
        count("payment_provider_open")


def _away(rest: timedelta) -> ProviderUnavailable:
    seconds = max(1, ceil(rest.total_seconds()))
    return ProviderUnavailable.retry_after(seconds, "The payment provider is away; try again.")
