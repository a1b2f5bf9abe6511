"""A path: one read or write of ours, and what is expected of it as the stores fill."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Growth(StrEnum):
    """`FLAT`: the same however much there is, but for an index's further level."""

    FLAT = "flat"
    GROWS = "grows"


@dataclass(frozen=True)
class Path:
    """`run` does it once, each time anew. A hot one is waited for by customers, or at a gate.

    `why` is said of what grows.
    """

    name: str
    run: Callable[[], object]
    growth: Growth = Growth.FLAT
    is_hot: bool = True
    why: str = ""


def grows(name: str, run: Callable[[], object], why: str, *, is_hot: bool = False) -> Path:
    return Path(name, run, Growth.GROWS, is_hot, why)
