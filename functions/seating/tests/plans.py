"""Plans in pretix's format: a small one of our own, and a real one where it is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_REAL = _ROOT.parent / "shared" / "data" / "plans" / "courtside.json"


def small_plan() -> dict[str, Any]:
    """Two zones: a stage row of 3 and a row of 2, and a box of 2. One guid occurs twice."""
    text = (Path(__file__).parent / "small_plan.json").read_text("utf-8")
    plan: dict[str, Any] = json.loads(text)
    return plan


def real_plan() -> dict[str, Any]:
    if not _REAL.exists():
        pytest.skip("the plan courtside.json is not beside this checkout")
    plan: dict[str, Any] = json.loads(_REAL.read_text("utf-8"))
    return plan
