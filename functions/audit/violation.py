"""One broken promise, and what it is about."""

from typing import NamedTuple


class Ids(NamedTuple):
    """The things a violation is about; `rival` is the other order, if two are at odds."""

    event: int | None = None
    section: str | None = None
    seat: int | None = None
    user: int | None = None
    reservation: str | None = None
    order: str | None = None
    rival: str | None = None
    payment: str | None = None
    attempt: str | None = None
    refund: str | None = None

    @property
    def known(self) -> dict[str, int | str]:
        return {name: value for name, value in self._asdict().items() if value is not None}


class Violation(NamedTuple):
    """`invariant` is DESIGN.md's number of it, `I1` to `I11`."""

    invariant: str
    message: str
    ids: Ids

    def __str__(self) -> str:
        ids = " ".join(f"{name}={value}" for name, value in self.ids.known.items())
        return f"{self.invariant} {self.message} [{ids}]"
