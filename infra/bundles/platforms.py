"""What a bundle is made for: a Python, and a kind of machine."""

import sys
from dataclasses import dataclass
from typing import Final, Self

from infra.environments import Environment

# Lambda's Linux has glibc 2.34. pip takes a platform word for word, so older ones are named too.
_GLIBCS: Final = ("2_34", "2_28", "2_26", "2_17")
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Platform:
    """Without a machine it is the one that we are on, whatever that is."""

    python_version: str
    machine: str | None = None

    @classmethod
    def of(cls, environment: Environment) -> Self:
        return cls(environment.python_version, _MACHINES[environment.architecture])

    @classmethod
    def here(cls) -> Self:
        """This interpreter's own, to run a bundle where it was made."""
        return cls("{}.{}".format(*sys.version_info))

    @property
    def pip_options(self) -> list[str]:
        if self.machine is None:
            return []
        return [
            *(f"--platform=manylinux_{glibc}_{self.machine}" for glibc in _GLIBCS),
            *("--python-version", self.python_version, "--implementation", "cp"),
        ]

    def __str__(self) -> str:
        return f"Python {self.python_version} on {self.machine or 'this machine'}"
