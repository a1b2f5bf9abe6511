"""What holds for every environment as a whole."""

import json
from graphlib import TopologicalSorter

import pytest

from infra import ROOT
from infra.tests.assembly import Assembly

DOMAINS = {"users", "catalog", "seating", "orders", "payments"}
STACKS = DOMAINS | {"platform", "booking", "api", "observability", "audit"}


def dependencies(assembly: Assembly) -> dict[str, set[str]]:
    prefix = f"boxoffice-{assembly.environment}-"
    return {
        name.removeprefix(prefix): {
            other.removeprefix(prefix)
            for other in artifact["dependencies"]
            if not other.endswith(".assets")
        }
        for name, artifact in assembly.manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def test_every_environment_has_every_stack(assembly: Assembly) -> None:
    only_on_aws = set() if assembly.environment == "local" else {"database", "edge", "costs"}
    assert assembly.templates.keys() == STACKS | only_on_aws


def test_no_stack_waits_for_itself(assembly: Assembly) -> None:
    order = list(TopologicalSorter(dependencies(assembly)).static_order())
    assert order.index("platform") < order.index("users")
    assert order.index("orders") < order.index("booking")


def test_the_api_comes_after_the_functions_that_answer_it(assembly: Assembly) -> None:
    assert dependencies(assembly)["api"] >= DOMAINS


def test_no_template_is_too_long_for_a_stack(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        assert len(template["Resources"]) < 400, stack


def test_templates_name_no_folder_of_this_machine(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        assert str(ROOT) not in json.dumps(template), stack


def test_templates_fit_any_account_and_region(assembly: Assembly) -> None:
    for name, artifact in assembly.manifest["artifacts"].items():
        if artifact["type"] == "aws:cloudformation:stack":
            assert artifact["environment"] == "aws://unknown-account/unknown-region", name


def test_everything_is_tagged_with_its_environment(assembly: Assembly) -> None:
    for _, _, table in assembly.resources("AWS::DynamoDB::Table"):
        assert {"Key": "environment", "Value": assembly.environment} in table["Tags"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_cloudformation_finds_no_fault(environment: str, assemblies: dict[str, Assembly]) -> None:
    """A fault ends the synthesis; that there is a report shows that any was looked for."""
    report = assemblies[environment].folder / "validation-report.json"
    assert json.loads(report.read_text())["pluginReports"] == []


def test_nothing_is_synthesized_with_a_warning(assembly: Assembly) -> None:
    """What constructs say of themselves, `aws:cdk:warning` or worse, stands in the metadata."""
    told = [path.read_text() for path in assembly.folder.glob("*.metadata.json")]
    assert len(told) == len(assembly.templates)
    for level in ("warning", "error"):
        assert not [one for one in told if f"aws:cdk:{level}" in one]
