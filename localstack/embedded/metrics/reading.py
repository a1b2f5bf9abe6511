"""What `/metrics` says, by name and labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import isinf
from typing import Final, NamedTuple, Self

from prometheus_client.parser import text_string_to_metric_families

_LIMIT: Final = "le"


class Sample(NamedTuple):
    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Durations:
    """A histogram: how many, all their seconds, and how many took at most so long each."""

    count: float
    seconds: float
    within: list[tuple[float, float]]

    @property
    def mean(self) -> float:
        return self.seconds / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """As Prometheus' histogram_quantile: evenly spread within a bucket; beyond the last limit,
        that limit.
        """
        wanted = share * self.count
        for (below, fewer), (limit, count) in pairwise([(0.0, 0.0), *self.within]):
            if count >= wanted and count > fewer:
                width = 0.0 if isinf(limit) else limit - below
                return below + width * (wanted - fewer) / (count - fewer)
        return 0.0


class Figures:
    """Everything that was counted at one moment."""

    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples

    @classmethod
    def read(cls, text: str) -> Self:
        """From Prometheus' text format. Raises ValueError on what is none."""
        return cls(
            [
                Sample(sample.name, sample.labels, sample.value)
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            ]
        )

    @property
    def names(self) -> set[str]:
        return {sample.name for sample in self._samples}

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        """The samples of this name with these labels, and whatever others."""
        for sample in self._samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                yield sample

    def sum(self, name: str, **labels: str) -> float:
        return sum(sample.value for sample in self.of(name, **labels))

    def durations(self, name: str, **labels: str) -> Durations:
        """A histogram, put together of all that have these labels."""
        within: dict[float, float] = {}
        for sample in self.of(f"{name}_bucket", **labels):
            limit = float(sample.labels[_LIMIT])
            within[limit] = within.get(limit, 0.0) + sample.value
        return Durations(
            self.sum(f"{name}_count", **labels),
            self.sum(f"{name}_sum", **labels),
            sorted(within.items()),
        )
