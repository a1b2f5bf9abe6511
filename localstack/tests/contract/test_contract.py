"""The running API keeps its OpenAPI document, whatever it is asked: every check of schemathesis."""

import os
import time
from pathlib import Path

from contract.schemathesis_run import run_schemathesis

# Enough for every example, every boundary and a few made-up requests of each call, and for some
# hundred sequences of calls. `make contract` goes on for as long as it is told.
SECONDS = int(os.environ.get("BOXOFFICE_CONTRACT_SECONDS", "40"))
SEED = int(os.environ.get("BOXOFFICE_SEED", "1"))
# A token is good for 15 minutes.
LONGEST_ROUND = 600
EXAMPLES_A_SECOND = 0.1


def test_the_api_is_what_its_document_says(boxoffice_url: str, tmp_path: Path) -> None:
    until = time.monotonic() + SECONDS
    seed = SEED
    while (left := int(until - time.monotonic())) > 0:
        seconds = min(left, LONGEST_ROUND)
        if seed > SEED and seconds < SECONDS / 10:
            break
        run = run_schemathesis(
            boxoffice_url,
            tmp_path,
            f"--max-time={seconds}",
            f"--max-examples={max(5, int(seconds * EXAMPLES_A_SECOND))}",
            f"--seed={seed}",
            # Of CPython 3.11 two threads at once parse no Python: "recursion depth mismatch".
            "--workers=1",
            "--no-color",
        )
        print(run.stdout[run.stdout.rfind("= SUMMARY =") :])
        assert run.returncode == 0, f"seed {seed}\n{run.stdout}{run.stderr}"
        # All phases were reached: the last ones are cut off first.
        assert "✅ Stateful" in run.stdout, run.stdout
        seed += 1
