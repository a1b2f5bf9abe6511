"""What everything is called. Names are computed, not exported, so that no stack waits for another
just to know a name, and two stacks that call each other make no cycle.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """The physical names of one environment: `boxoffice-<environment>-...`."""

    environment: str

    @property
    def prefix(self) -> str:
        return f"boxoffice-{self.environment}"

    @property
    def bus(self) -> str:
        return self.prefix

    @property
    def api(self) -> str:
        return self.prefix

    @property
    def auditor(self) -> str:
        """The role that may read what the audit reads, and do nothing else."""
        return f"{self.prefix}-auditor"

    @property
    def parked_bookings(self) -> str:
        """The queue of bookings that could not go on and wait for the reconciler or a person."""
        return f"{self.prefix}-parked-bookings"

    @property
    def stripe_secret(self) -> str:
        return f"boxoffice/{self.environment}/stripe"

    @property
    def token_issuer(self) -> str:
        """The `iss` of access tokens, so that one environment's tokens are no good in another."""
        return self.prefix

    def token_key(self, place: str) -> str:
        """The KMS alias of the key of access tokens that is next, current or previous."""
        return f"alias/{self.prefix}-token-{place}"

    def stack(self, stack: str) -> str:
        return f"{self.prefix}-{stack}"

    def function(self, domain: str, role: str) -> str:
        return f"{self.prefix}-{domain}-{role}"

    def table(self, domain: str) -> str:
        return f"{self.prefix}-{domain}"

    def state_machine(self, machine: str) -> str:
        return f"{self.prefix}-{machine}"

    def queue(self, domain: str, role: str) -> str:
        """The queue that a function is fed from."""
        return f"{self.prefix}-{domain}-{role}"

    def failures(self, domain: str, role: str) -> str:
        """The queue of what a function was given and could not handle."""
        return f"{self.prefix}-{domain}-{role}-failures"
