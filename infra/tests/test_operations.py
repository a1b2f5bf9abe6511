"""Whoever is woken finds what it means and what to do: each alarm is in docs/operations.md."""

import json
import re

import pytest

from infra import ROOT
from infra.constructs.release import ALIAS
from infra.deployment import CDK
from infra.tests.assembly import Assembly
from infra.tests.conftest import Assemblies

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
ON_AWS = ("staging", "production")


def rows() -> list[tuple[list[str], str, str]]:
    """The alarms' table: names, what they mean, what to do."""
    [_, table] = PAGE.split("\n## Alarms\n")
    cells = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return [
        (re.findall(r"`([\w-]+)`", names), means.strip(), do.strip()) for names, means, do in cells
    ]


def section(headline: str) -> str:
    [_, after] = PAGE.split(f"\n## {headline}\n")
    return after.partition("\n## ")[0]


def test_each_alarm_is_explained_once_and_no_other_is(assemblies: Assemblies) -> None:
    there = {
        alarm["AlarmName"].removeprefix(f"boxoffice-{name}-")
        for name in ON_AWS
        for _, _, alarm in assemblies[name].resources("AWS::CloudWatch::Alarm")
    }
    explained = [alarm for names, _, _ in rows() for alarm in names]
    assert sorted(explained) == sorted(there)


def test_an_alarm_has_a_meaning_and_something_to_do() -> None:
    for names, means, do in rows():
        assert len(means) > 20, names
        assert len(do) > 20, names


@pytest.mark.parametrize("name", ON_AWS)
def test_functions_machines_and_stacks_that_the_page_names_are_there(
    name: str, assemblies: Assemblies
) -> None:
    assembly: Assembly = assemblies[name]
    domains = "users|catalog|seating|orders|payments|databases|audit"
    roles = "api|tasks|webhooks|notices|streams|events|reconciler|migrator"
    named = set(re.findall(rf"\b((?:{domains})-(?:{roles}))\b(?!-)", PAGE))
    assert len(named) >= 15
    assert named <= assembly.functions().keys()
    for stack in re.findall(r"the stack `(\w+)`", PAGE):
        assert stack in assembly.templates


@pytest.mark.parametrize("name", ON_AWS)
def test_the_first_audit_is_asked_for_as_the_clock_asks_for_it(
    name: str, assemblies: Assemblies
) -> None:
    """Until there was one, `audit-overdue` rings."""
    assembly: Assembly = assemblies[name]
    invoked = re.findall(
        r"--function-name boxoffice-<env>-(\S+) --payload '(.+?)'", section("The first deployment")
    )
    scheduled = [
        (assembly.text(stack, target["Arn"]), json.loads(target["Input"]))
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    ]
    [(function, payload)] = invoked
    assert (f"boxoffice-{name}-{function}.Arn", json.loads(payload)) in scheduled
    assert function == "audit-tasks"


@pytest.mark.parametrize("name", ON_AWS)
def test_the_cluster_has_the_name_whose_change_would_replace_it(
    name: str, assemblies: Assemblies
) -> None:
    [(_, _, cluster)] = assemblies[name].resources("AWS::RDS::DBCluster")
    [called] = re.findall(r"The cluster is called `(.+?)`", section("The first deployment"))
    assert cluster["DBClusterIdentifier"] == called.replace("<env>", name)


def test_what_is_closed_for_a_restore_is_whatever_writes(assemblies: Assemblies) -> None:
    """All that may change a table, a database or a saga, but who only helps those."""
    [loop] = re.findall(r"for f in (.*?); do", PAGE, re.DOTALL)
    closed = set(loop.replace("\\", "").split())
    helping = {
        "users-mailer",
        "payments-provider",
        "databases-migrator",
        "audit-tasks",
        "docs-api",
        "orders-rotation",
        # It is told by events that only the closed ones send.
        "seating-events",
    }
    assert closed == assemblies["production"].functions().keys() - helping


def test_commands_are_those_that_the_code_knows() -> None:
    assert f"npx {CDK} bootstrap" in PAGE
    assert f"--name {ALIAS} " in PAGE
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", PAGE)) <= targets
