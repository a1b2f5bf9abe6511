"""The import into a real stack, which keeps what the fake API only promises."""

from pathlib import Path

import pytest
from embedded.importer.client import Api
from embedded.importer.dataset import read_data_set
from embedded.importer.progress import bars
from embedded.importer.report import Result
from embedded.importer.run import run_import

from importer.runs import AGAIN, FIRST, NOW, counts


@pytest.mark.stack
def test_a_real_stack_takes_everything_once_and_refuses_the_same_twice(
    boxoffice_url: str, etsr: Path
) -> None:
    first, second = _run(boxoffice_url, etsr), _run(boxoffice_url, etsr)
    # Somebody's own stack may have it all from a run of this test before.
    assert counts(first) in (FIRST, AGAIN)
    assert counts(second) == AGAIN
    assert second.mismatches == ["order 6 of 2023-12-01 10:00:00: 537.97, not 538.47"]
    refused = second.outcomes[-1].refused
    assert [line.partition(":00: ")[2].partition(":")[0] for line in refused] == [
        "409 seats-unavailable",
        "422 validation-failed",
        "409 ticket-limit-reached",
    ]
    assert refused[0].endswith("(seat 102 went to order 2)")


def _run(url: str, folder: Path) -> Result:
    with Api(url, "admin", "admin-local-only") as api, bars() as shown:
        return run_import(api, read_data_set(folder), NOW, shown)
