"""What tests do to the workers of a running stack, and count there, is deployed nowhere."""

from embedded.fault_switch import RULES
from embedded.lambda_worker import METER, TEST_SWITCH
from embedded.meter import INVOCATIONS

from infra.tests.assembly import Assembly


def test_no_template_and_no_bundle_carries_the_test_switch_or_the_meter(assembly: Assembly) -> None:
    words = (TEST_SWITCH, METER, RULES, INVOCATIONS, "fault_switch", "time_machine")
    known = [word.encode() for word in words]
    files = [path for path in assembly.folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".template.json") for path in files)
    assert any(path.suffix == ".py" for path in files)
    carried = {str(path) for path in files for word in known if word in path.read_bytes()}
    assert carried == set()
