"""What is deployed or destroyed is meant, is AWS, and is done by the CDK we pin."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra import deployment
from infra.deployment import Refused, deploy, destroy, on_aws, session_here

PROTECTED = "deletion_protection"


@pytest.fixture(autouse=True)
def real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as the commands can tell: tests talk to an emulator otherwise."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")


class Account:
    """An AWS account, prepared for CDK or not."""

    def __init__(self, *, region: str | None = "eu-central-1", prepared: bool = True) -> None:
        self.region_name = region
        self._prepared = prepared

    def client(self, service: str) -> Any:
        client = boto3.client(service, region_name="eu-central-1")  # type: ignore[call-overload]
        stub = Stubber(client)
        if service == "sts":
            stub.add_response("get_caller_identity", {"Account": "111122223333"})
        elif self._prepared:
            stub.add_response("get_parameter", {"Parameter": {"Value": "31"}})
        else:
            stub.add_client_error("get_parameter", "ParameterNotFound")
        stub.activate()
        return client


class Ran(list[str]):
    """The command that was run, if any."""

    def __call__(self, command: Sequence[str], variables: Mapping[str, str]) -> int:
        assert not self
        self.extend(command)
        return 0


@pytest.fixture
def ran() -> Ran:
    return Ran()


def account(**told: Any) -> boto3.Session:
    return Account(**told)  # type: ignore[return-value]


def test_staging_is_deployed_by_the_pinned_cdk_without_a_question(ran: Ran) -> None:
    assert deploy(on_aws("staging"), account(), "", ran) == 0
    assert ran[1:5] == ["--yes", "aws-cdk@2.1148.1", "deploy", "--all"]
    assert ran[ran.index("--context") + 1] == "environment=staging"
    assert ran[ran.index("--require-approval") + 1] == "never"


def test_production_is_deployed_only_by_its_name(ran: Ran) -> None:
    for confirmed in ("", "y", "production", "boxoffice-staging"):
        with pytest.raises(Refused, match="CONFIRM=boxoffice-production"):
            deploy(on_aws("production"), account(), confirmed, ran)
    assert not ran
    deploy(on_aws("production"), account(), "boxoffice-production", ran)
    assert ran[ran.index("--require-approval") + 1] == "broadening"


@pytest.mark.parametrize("name", ["staging", "production"])
def test_what_is_protected_is_not_destroyed(name: str, ran: Ran) -> None:
    with pytest.raises(Refused, match=PROTECTED):
        destroy(on_aws(name), account(), f"boxoffice-{name}", ran)
    assert not ran


def test_whatever_is_destroyed_is_named_first(ran: Ran) -> None:
    unprotected = replace(on_aws("staging"), deletion_protection=False)
    with pytest.raises(Refused, match="All its data are lost"):
        destroy(unprotected, account(), "", ran)
    assert not ran
    destroy(unprotected, account(), "boxoffice-staging", ran)
    assert ran[3:6] == ["destroy", "--all", "--force"]


@pytest.mark.parametrize(("name", "said"), [("local", "make up"), ("", "ENV="), ("prod", "prod")])
def test_only_environments_on_aws_are_deployed(name: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        on_aws(name)


def test_an_emulator_is_not_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    with pytest.raises(Refused, match="4566"):
        on_aws("staging")


def test_an_account_that_is_not_prepared_is_told_how(ran: Ran) -> None:
    with pytest.raises(Refused, match="bootstrap aws://111122223333/eu-central-1"):
        deploy(on_aws("staging"), account(prepared=False), "", ran)
    with pytest.raises(Refused, match="AWS_REGION"):
        deploy(on_aws("staging"), account(region=None), "", ran)
    assert not ran


def test_the_region_is_the_one_cdk_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert session_here().region_name == "eu-north-1"


def test_cdk_runs_on_the_virtual_environments_node(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class Done:
        returncode = 3

    def run(command: list[str], **given: Any) -> Done:
        seen.update(given, command=command)
        return Done()

    monkeypatch.setattr(subprocess, "run", run)
    assert deployment._run(["npx"], {"PATH": "/usr/bin"}) == 3
    binaries, rest = seen["env"]["PATH"].split(":")
    assert (deployment._BINARIES / "node").exists()
    assert (binaries, rest) == (str(deployment._BINARIES), "/usr/bin")
