"""What seating's functions are told by their environment."""

from datetime import timedelta

from pydantic import Field

from functions.shared.settings import Settings


class SeatingSettings(Settings):
    table_name: str
    event_bus_name: str = "default"
    catalog_tasks_function: str = ""
    reservation_seconds: int = Field(default=900, ge=1)

    @property
    def reservation_lasts(self) -> timedelta:
        return timedelta(seconds=self.reservation_seconds)


class ApiSettings(SeatingSettings):
    """The HTTP function also verifies tokens. `token_key_ids` are comma separated."""

    token_key_ids: str
    token_issuer: str
