"""What an invocation costs is counted by a measurement's wish, and by nothing else."""

import json
from pathlib import Path

from embedded import meter
from embedded.bench.cost.invocations import counting
from embedded.lambda_worker import METER
from test_fault_switch import Worker


def test_a_worker_that_nobody_measures_knows_nothing_of_the_meter(tmp_path: Path) -> None:
    plain = Worker(tmp_path / "plain")
    seen = plain.invoke()
    plain.end()
    assert "tempfile" in seen["modules"]
    assert not {"meter", "metering", "botocore"} & set(seen["modules"])


def test_an_invocation_is_counted_while_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "meter"
    meter.lay(folder)
    worker = Worker(tmp_path / "measured", **{METER: str(folder)})
    worker.invoke()
    assert not (folder / meter.INVOCATIONS).exists()
    with counting(folder):
        worker.invoke()
        worker.invoke()
    worker.invoke()
    worker.end()
    lines = (folder / meter.INVOCATIONS).read_text().splitlines()
    assert [(line["function"], line["what"]) for line in map(json.loads, lines)] == [
        ("f", "another event")
    ] * 2


def test_counting_begins_with_nothing_counted(tmp_path: Path) -> None:
    folder = tmp_path / "meter"
    folder.mkdir()
    (folder / meter.INVOCATIONS).write_text("of another measurement\n")
    with counting(folder) as counted:
        assert counted.about({"it"}) == []
