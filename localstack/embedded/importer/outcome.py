"""What became of each kind of thing, for the report and for the steps that build on it."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """One step's counts, and where its things are: `ids` from the data's ids to the system's."""

    kind: str
    created: int = 0
    found: int = 0
    refused: list[str] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
