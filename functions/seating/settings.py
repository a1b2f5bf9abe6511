"""What seating's functions are told by their environment."""

from datetime import timedelta

from pydantic import Field

from functions.seating.domain import TTL_GRACE, HoldTerms
from functions.shared.settings import Settings


class SeatingSettings(Settings):
    table_name: str
    event_bus_name: str = "default"
    catalog_tasks_function: str = ""
    reservation_seconds: int = Field(default=900, ge=1)
    # For how long a hold that came to nothing counts, and its seats rest: not at all if 0.
    holds_counted_seconds: int = Field(default=600, ge=0)
    seats_rest_seconds: int = Field(default=60, ge=0, lt=TTL_GRACE.seconds)

    @property
    def hold_terms(self) -> HoldTerms:
        return HoldTerms(
            lasts=timedelta(seconds=self.reservation_seconds),
            counts=timedelta(seconds=self.holds_counted_seconds),
            rests=timedelta(seconds=self.seats_rest_seconds),
        )


class ApiSettings(SeatingSettings):
    """The HTTP function also verifies tokens. `token_key_ids` are comma separated."""

    token_key_ids: str
    token_issuer: str
