"""What a user may choose, from the environment (`API.md`, "The local loop")."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.config import REPOSITORY
from embedded.errors import StackError
from embedded.lambda_worker import METER, TEST_SWITCH


class SettingsError(StackError):
    """A setting that can't be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """One stack: where it is reached, where it keeps its state, how long customers have."""

    port: int = 8080
    state: Path = REPOSITORY / ".boxoffice"
    is_fresh: bool = False
    with_demo: bool = True
    reservation_seconds: int = 900
    payment_seconds: int = 900
    # For how long a hold that came to nothing counts towards its user's limit; not at all if 0.
    holds_counted_seconds: int = 600
    # Who takes the cards as Stripe does, instead of the simulator.
    stripe_api: str | None = None
    # Whether edited functions answer without a new start; `make up` asks for it.
    is_live: bool = False
    # A test's folder of faults (`fault_switch.py`); nothing that is deployed has one.
    test_switch: Path | None = None
    # Where a measurement has the workers write what they cost (`meter.py`), likewise.
    meter: Path | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables, for a stack that is started as a process of its own."""
        return {
            "BOXOFFICE_PORT": str(self.port),
            "BOXOFFICE_STATE_DIR": str(self.state),
            "BOXOFFICE_FRESH": str(int(self.is_fresh)),
            "BOXOFFICE_DEMO": str(int(self.with_demo)),
            "BOXOFFICE_RESERVATION_SECONDS": str(self.reservation_seconds),
            "BOXOFFICE_PAYMENT_SECONDS": str(self.payment_seconds),
            "BOXOFFICE_HOLDS_COUNTED_SECONDS": str(self.holds_counted_seconds),
            "BOXOFFICE_STRIPE_API": self.stripe_api or "",
            "BOXOFFICE_LIVE": str(int(self.is_live)),
            TEST_SWITCH: str(self.test_switch or ""),
            METER: str(self.meter or ""),
        }


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The chosen settings; an empty variable is one not set. Raises SettingsError."""

    def number(name: str, default: int, most: int, least: int = 1) -> int:
        text = environment.get(name) or str(default)
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise SettingsError(f"{name} must be a number from {least} to {most}, not {text!r}.")
        return int(text)

    def switch(name: str, *, default: bool) -> bool:
        text = environment.get(name) or str(int(default))
        if text not in ("0", "1"):
            raise SettingsError(f"{name} must be 0 or 1, not {text!r}.")
        return text == "1"

    def folder(name: str) -> Path | None:
        text = environment.get(name)
        return Path(text).expanduser().absolute() if text else None

    return Settings(
        port=number("BOXOFFICE_PORT", Settings.port, 65_535),
        state=folder("BOXOFFICE_STATE_DIR") or Settings.state,
        is_fresh=switch("BOXOFFICE_FRESH", default=False),
        with_demo=switch("BOXOFFICE_DEMO", default=True),
        reservation_seconds=number(
            "BOXOFFICE_RESERVATION_SECONDS", Settings.reservation_seconds, 86_400
        ),
        payment_seconds=number("BOXOFFICE_PAYMENT_SECONDS", Settings.payment_seconds, 86_400),
        holds_counted_seconds=number(
            "BOXOFFICE_HOLDS_COUNTED_SECONDS", Settings.holds_counted_seconds, 86_400, least=0
        ),
        stripe_api=environment.get("BOXOFFICE_STRIPE_API") or None,
        is_live=switch("BOXOFFICE_LIVE", default=True),
        test_switch=folder(TEST_SWITCH),
        meter=folder(METER),
    )
