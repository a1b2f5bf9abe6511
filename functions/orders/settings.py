"""What the orders functions are told by their environment."""

from datetime import timedelta

from functions.shared.settings import Settings


class OrdersSettings(Settings):
    table_name: str
    payments_tasks_function: str


class OrdersTasksSettings(OrdersSettings):
    refund_state_machine_arn: str


class ReconcilerSettings(OrdersSettings):
    """`reconcile_after_seconds`: so long after an order was due its saga is over, or hangs."""

    seating_tasks_function: str
    booking_state_machine_arn: str
    refund_state_machine_arn: str
    reconcile_after_seconds: int

    @property
    def reconcile_after(self) -> timedelta:
        return timedelta(seconds=self.reconcile_after_seconds)


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
