"""The simulator's own account: its books, read as they are."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, text

from functions.payments.domain import ProviderUnavailable
from functions.payments.providers.simulator import Simulator
from functions.payments.providers.statement import Stated
from functions.shared.postgres import transaction
from functions.shared.problems import ServiceUnavailable

_CHARGES: Final = (
    "SELECT key, transaction_id, amount_cents, currency, created_at"
    " FROM simulator_charges WHERE outcome = 'CAPTURED'"
    " AND created_at >= coalesce(:since, '-infinity'::timestamptz)"
)
_REFUNDS: Final = (
    "SELECT refund.key, refund.key, refund.amount_cents, currency, refund.created_at, charge_key"
    " FROM simulator_refunds AS refund JOIN simulator_charges AS charge"
    " ON charge.key = charge_key"
    " WHERE refund.created_at >= coalesce(:since, '-infinity'::timestamptz)"
)


class SimulatorStatement:
    provider = Simulator.name

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def charges(self, since: datetime | None) -> Iterator[Stated]:
        for row in self._rows(_CHARGES, since):
            yield Stated(*row)

    def refunds(self, since: datetime | None) -> Iterator[Stated]:
        for row in self._rows(_REFUNDS, since):
            yield Stated(*row)

    def _rows(self, query: str, since: datetime | None) -> list[Any]:
        try:
            with transaction(self._engine) as connection:
                return list(connection.execute(text(query), {"since": since}))
        except ServiceUnavailable as error:
            raise ProviderUnavailable.retry_after(1, "The simulator did not answer.") from error
