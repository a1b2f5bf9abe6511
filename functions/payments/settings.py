"""What payments reads from its environment."""

from datetime import timedelta

from functions.payments.domain import margin_of
from functions.shared.postgres import DatabaseSettings


class PaymentsSettings(DatabaseSettings):
    event_bus_name: str
    payment_seconds: int

    @property
    def margin(self) -> timedelta:
        return margin_of(timedelta(seconds=self.payment_seconds))


class ApiSettings(PaymentsSettings):
    """`token_key_ids` is comma separated."""

    orders_tasks_function: str
    refund_state_machine_arn: str
    token_issuer: str
    token_key_ids: str
