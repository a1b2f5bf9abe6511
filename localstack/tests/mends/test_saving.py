"""A state that changes while it is saved."""

import os
import subprocess
import sys
from pathlib import Path

STOPPING = """
import os, sys
from embedded.emulator import configure
from pathlib import Path
configure(0, Path(sys.argv[1]), Path(sys.argv[1]))
from ministack import app
if sys.argv[2] == "mended":
    from embedded.mends.saving import save_what_changes_meanwhile
    save_what_changes_meanwhile()
changes = ["dictionary changed size during iteration"] * 3
def get_state():
    if changes:
        raise RuntimeError(changes.pop())
    return {"executions": 1}
app.save_all({"stepfunctions": get_state})
"""


def test_a_state_that_changes_while_it_is_saved_is_saved(tmp_path: Path) -> None:
    saved = {}
    for kind in ("mended", "unmended"):
        state = tmp_path / kind
        state.mkdir()
        process = start_program(STOPPING, str(state), kind)
        assert process.returncode == 0, process.stderr
        saved[kind] = (state / "services" / "stepfunctions.json").exists()
    assert saved == {"mended": True, "unmended": False}


def start_program(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, as the emulator reads its settings when it is first imported."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
