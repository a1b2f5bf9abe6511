"""What tests do to the workers of a running stack is no part of what is deployed anywhere."""

from embedded.fault_switch import RULES
from embedded.lambda_worker import TEST_SWITCH

from infra.tests.assembly import Assembly


def test_no_template_and_no_bundle_carries_the_test_switch(assembly: Assembly) -> None:
    known = [TEST_SWITCH.encode(), b"fault_switch", RULES.encode(), b"time_machine"]
    files = [path for path in assembly.folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".template.json") for path in files)
    assert any(path.suffix == ".py" for path in files)
    carried = {str(path) for path in files for word in known if word in path.read_bytes()}
    assert carried == set()
