"""What the users API is told by its environment."""

from functions.shared.postgres import DatabaseSettings
from functions.shared.tokens import TokenSettings
from functions.users.neighbours import TaskFunctions


class UsersApiSettings(DatabaseSettings, TokenSettings):
    users_tasks_function: str
    orders_tasks_function: str
    payments_tasks_function: str
    seating_tasks_function: str
    catalog_tasks_function: str
    # An alias, of the one key that signs.
    token_signing_key_id: str

    @property
    def neighbours(self) -> TaskFunctions:
        return TaskFunctions(
            orders=self.orders_tasks_function,
            payments=self.payments_tasks_function,
            seating=self.seating_tasks_function,
            catalog=self.catalog_tasks_function,
        )
