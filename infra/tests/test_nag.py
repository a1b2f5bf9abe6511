"""cdk-nag's AwsSolutions: a fault is found, and what is let stand is there, and no more is."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Acknowledgment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.app import build, new_app
from infra.constructs import acknowledged

DEPLOYED = ("staging", "production")
# A reason says more than a word or two.
LONG_ENOUGH = 30


def findings(environment: str, folder: Path, plant: Any = None) -> set[tuple[str, str]]:
    """Each finding's construct and rule in an environment, with something planted in it."""
    app = new_app({"environment": environment, "vendored": "false"}, str(folder))
    build(app)
    if plant is not None:
        plant(Stack(app, "planted"))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((folder / "validation-report.json").read_text())
    return {
        (construct["constructPath"], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def open_bucket_and_wildcard(stack: Stack) -> None:
    s3.Bucket(stack, "Bucket")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=["*"]))


@pytest.mark.parametrize("environment", DEPLOYED)
def test_a_planted_fault_ends_the_synthesis(environment: str, tmp_path: Path) -> None:
    found = findings(environment, tmp_path, open_bucket_and_wildcard)
    assert {rule for _, rule in found} >= {
        "AwsSolutions-S1",
        "AwsSolutions-S10",
        "AwsSolutions-IAM5[Action::s3:*]",
        "AwsSolutions-IAM5[Resource::*]",
    }
    assert {path.partition("/")[0] for path, _ in found} == {"planted"}


class Unheard:
    """Takes acknowledgements without passing them on."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Acknowledgment]] = []
        self._at = ""

    def of(self, construct: Any) -> "Unheard":
        self._at = construct.node.path
        return self

    def acknowledge(self, rule: Acknowledgment) -> None:
        self.told.append((self._at, rule))


@pytest.mark.parametrize("environment", DEPLOYED)
def test_every_acknowledgement_is_of_something_found_and_no_wider(
    environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unheard = Unheard()
    monkeypatch.setattr(acknowledged, "Validations", unheard)
    found = findings(environment, tmp_path)
    for path, rule in unheard.told:
        assert len(rule.reason) >= LONG_ENOUGH
        assert path.count("/") >= 1, "A whole stack's findings are let stand."
        within = {at for at, name in found if name == rule.id and at.startswith(f"{path}/")}
        assert len(within) == 1, (path, rule.id)
