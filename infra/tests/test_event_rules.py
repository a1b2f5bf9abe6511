"""Rules listen for what is really told."""

from functions.shared.tests.event_schemas import described
from infra.tests.assembly import Assembly

OURS = "boxoffice."


def test_each_domain_event_that_somebody_waits_for_has_a_schema(assembly: Assembly) -> None:
    patterns = [
        rule["EventPattern"]
        for _, _, rule in assembly.resources("AWS::Events::Rule")
        if "EventPattern" in rule
    ]
    awaited = {
        (source, detail_type)
        for pattern in patterns
        for source in pattern["source"]
        for detail_type in pattern["detail-type"]
        if source.startswith(OURS)
    }
    assert ("boxoffice.catalog", "EventChanged") in awaited
    assert awaited <= described()
