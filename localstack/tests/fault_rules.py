"""The test's end of the switch in `embedded/fault_switch.py`: what shall go wrong, and what did."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from embedded.fault_switch import HITS, RULES


class FaultRules:
    """One folder of rules. Each write replaces all faults and forgets what they hit."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.offset = timedelta(0)
        self._seed = seed
        folder.mkdir(parents=True, exist_ok=True)
        self.write()

    def write(self, *faults: dict[str, Any]) -> None:
        shutil.rmtree(self.folder / HITS, ignore_errors=True)
        rules = {
            "offsetSeconds": self.offset.total_seconds(),
            "seed": self._seed,
            "faults": faults,
        }
        # Replaced at once: a worker finds the old rules or the new ones.
        fresh = self.folder / f"{RULES}.new"
        fresh.write_text(json.dumps(rules))
        fresh.replace(self.folder / RULES)

    def move_clock(self, by: timedelta) -> None:
        """From now on it is that much later in every worker; no fault strikes any more."""
        self.offset += by
        self.write()

    def now(self) -> datetime:
        """The time as the workers have it."""
        return datetime.now(UTC) + self.offset

    def hits(self) -> int:
        """How often a fault has struck since the last write."""
        hits = self.folder / HITS
        return len(list(hits.iterdir())) if hits.exists() else 0
