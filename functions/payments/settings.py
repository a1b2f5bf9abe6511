"""What payments reads from its environment."""

from datetime import timedelta

from functions.payments.domain import margin_of
from functions.shared.postgres import DatabaseSettings
from functions.shared.settings import Settings


class PaymentsSettings(DatabaseSettings):
    """`card_provider` takes cards; Stripe is reached by `payments_provider_function`."""

    event_bus_name: str
    payment_seconds: int
    card_provider: str = "simulator"
    payments_provider_function: str | None = None
    # Where the simulator has itself reminded of late charges; where it takes no cards, nowhere.
    late_charges_queue_url: str | None = None

    @property
    def margin(self) -> timedelta:
        return margin_of(timedelta(seconds=self.payment_seconds))


class WebhookSettings(Settings):
    notices_queue_url: str
    webhook_secrets_arn: str


class LateChargesSettings(DatabaseSettings):
    payments_webhooks_function: str
    webhook_secrets_arn: str


class ApiSettings(PaymentsSettings):
    """`token_key_ids` is comma separated."""

    orders_tasks_function: str
    refund_state_machine_arn: str
    token_issuer: str
    token_key_ids: str
