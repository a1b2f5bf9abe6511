"""What the orders functions are told by their environment."""

from datetime import timedelta

from functions.shared.settings import Settings


class OrdersSettings(Settings):
    table_name: str
    payments_tasks_function: str


class OrdersApiSettings(OrdersSettings):
    seating_tasks_function: str
    catalog_tasks_function: str
    booking_state_machine_arn: str
    refund_state_machine_arn: str
    payment_seconds: int
    ticket_secret_arn: str

    @property
    def payment_window(self) -> timedelta:
        return timedelta(seconds=self.payment_seconds)
