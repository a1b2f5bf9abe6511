"""Where clients come in, as data: what stands before the API, and under which name."""

from dataclasses import dataclass
from typing import Final

# CloudFront looks for certificates nowhere else.
_CERTIFICATES: Final = "arn:aws:acm:us-east-1:"


@dataclass(frozen=True)
class Domain:
    """A name of our own. Its certificate and its zone live longer than any stack, so whoever owns
    the name makes them (docs/operations.md). Without a zone, whoever keeps the name's DNS points it
    at the distribution.
    """

    name: str
    certificate_arn: str
    zone_name: str = ""
    zone_id: str = ""

    def __post_init__(self) -> None:
        if not self.certificate_arn.startswith(_CERTIFICATES):
            raise ValueError(f"CloudFront takes certificates of us-east-1: {_CERTIFICATES}...")
        if bool(self.zone_id) != bool(self.zone_name):
            raise ValueError("A zone has a name and an id.")
        if self.zone_name and not f".{self.name}".endswith(f".{self.zone_name}"):
            raise ValueError(f"{self.name} is not in the zone {self.zone_name}.")


@dataclass(frozen=True)
class Edge:
    """CloudFront before the API, which lets in nobody else.

    `keys`: the numbers of the keys that the API knows it by; it sends the first. So a key is
    replaced without an outage: (2, 1) is deployed, and then (2,).
    """

    domain: Domain | None = None
    keys: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        if not self.keys or len(set(self.keys)) != len(self.keys):
            raise ValueError("The edge has a key, and each only once.")
