"""`make test-localstack`: the plugins' own tests and the end-to-end suite on LocalStack.

Arguments are pytest's; without any, a part of the suite that takes some minutes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from embedded.config import REPOSITORY
from embedded.postgres_home import remove_home
from embedded.settings import Settings
from embedded.stack import running_stack

from host.up import apart

_TESTS: Final = "localstack/tests"
# Bookings and what goes wrong with them, whatever is delivered twice, holds that run out by
# DynamoDB's own expiry, and the API's promises, rights and refusals.
PART: Final = (
    f"{_TESTS}/on_localstack",
    f"{_TESTS}/e2e/test_bookings.py",
    f"{_TESTS}/e2e/test_the_originals_faults.py",
    f"{_TESTS}/e2e/test_again.py",
    f"{_TESTS}/e2e/test_holds.py",
    f"{_TESTS}/e2e/test_webhooks.py",
    f"{_TESTS}/blackbox/test_promises.py",
    f"{_TESTS}/blackbox/test_ownership.py",
    f"{_TESTS}/blackbox/test_replays.py",
    f"{_TESTS}/blackbox/test_roles.py",
    f"{_TESTS}/blackbox/test_methods_and_cors.py",
    # It waits for half a minute, by a clock of our own.
    f"--deselect={_TESTS}/e2e/test_webhooks.py::test_a_late_charge_confirms_the_order_by_itself",
)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="boxoffice-") as folder:
        settings = Settings(port=0, state=Path(folder) / "state", with_demo=False)
        state = apart(settings).state
        try:
            with running_stack(settings, "host.up", state) as stack:
                # By its URL, and by its state folder for what looks behind it.
                chosen = {
                    "BOXOFFICE_URL": stack.url,
                    "BOXOFFICE_TEST_STATE_DIR": str(state),
                    "BOXOFFICE_ON": "localstack",
                }
                tests = [sys.executable, "-m", "pytest", "-q", *(sys.argv[1:] or PART)]
                return subprocess.run(  # noqa: S603
                    tests, cwd=REPOSITORY, env=os.environ | chosen, check=False
                ).returncode
        finally:
            remove_home(state / "postgres")


if __name__ == "__main__":
    sys.exit(main())
