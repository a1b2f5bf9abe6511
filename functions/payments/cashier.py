"""What every command works with: the books, the providers, and whom to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from functions.payments.announcements import Announcer
from functions.payments.domain import BOX_OFFICE, Attempt
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.breaker import Breaker
from functions.payments.providers.guarded import Guarded
from functions.payments.providers.late_queue import LateQueue
from functions.payments.providers.port import Provider
from functions.payments.providers.simulator import Simulator
from functions.payments.providers.stripe import remote
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.remote import ProviderFunction
from functions.payments.settings import PaymentsSettings
from functions.payments.store.tables import outbox
from functions.shared import aws
from functions.shared.observability import logger
from functions.shared.outbox import Message, append_all, drain
from functions.shared.postgres import create_pool
from functions.shared.problems import ServiceUnavailable

# A verdict is a signal and an event; what another request left may be told with them.
_TOGETHER = 4


@dataclass(frozen=True)
class Cashier:
    """`margin` is how long before an order's end charging closes."""

    engine: Engine
    providers: Mapping[str, Provider]
    card_provider: str
    announcer: Announcer
    margin: timedelta

    @classmethod
    def open(cls, settings: PaymentsSettings) -> "Cashier":
        engine = create_pool(settings.url)
        return cls(
            engine=engine,
            providers=_providers(engine, settings),
            card_provider=settings.card_provider,
            announcer=Announcer(
                # Customers wait for it: a bus that is away is left to the relay.
                aws.eventbridge(read_timeout_seconds=3, attempts=1),
                settings.event_bus_name,
                aws.step_functions(),
            ),
            margin=settings.margin,
        )

    def provider_of(self, attempt: Attempt) -> Provider:
        return self.providers[attempt.provider]

    def accepts(self, token: str) -> bool:
        """Whether customers can pay with this token at all."""
        return self.providers[self.card_provider].accepts(token)

    def check_cards(self, connection: Connection) -> None:
        """Raises ProviderUnavailable while whoever takes cards is known to be away."""
        self.providers[self.card_provider].check(connection)

    def write_down(
        self, connection: Connection, messages: Sequence[Message], now: datetime
    ) -> None:
        """Have these told after the caller's commit."""
        append_all(connection, outbox, messages, now)

    def tell(self, now: datetime) -> int:
        """Deliver what is due, and return how many were; what fails is left to `relay_outbox`."""
        try:
            return drain(self.engine, outbox, self.announcer.deliver, now, together=_TOGETHER)
        except ServiceUnavailable:
            # What was decided is committed; whoever asked for it shall have their answer.
            logger.exception("outbox left to the relay")
            return 0


def _providers(engine: Engine, settings: PaymentsSettings) -> dict[str, Provider]:
    """All that may ever have been charged with here, whoever takes cards today."""
    elsewhere: list[Provider] = [_simulator(engine, settings)]
    if settings.payments_provider_function is not None:
        functions = aws.functions(remote.ANSWER_SECONDS, remote.ATTEMPTS)
        line = ProviderFunction(functions, settings.payments_provider_function)
        elsewhere.append(Stripe(engine, line))
    guarded = {
        provider.name: Guarded(provider, Breaker(engine, provider.name)) for provider in elsewhere
    }
    return {**guarded, BOX_OFFICE: BoxOffice()}


def _simulator(engine: Engine, settings: PaymentsSettings) -> Simulator:
    if settings.late_charges_queue_url is None:
        return Simulator(engine)
    return Simulator(engine, LateQueue(aws.queues(), settings.late_charges_queue_url).remind)
