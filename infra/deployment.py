"""Deploys an environment to AWS, or destroys it: `python -m infra.deployment deploy staging`.

The CDK command line does it, by the npm of the virtual environment; here is what it does not ask:
whose account, whether it is prepared, and whether that was really meant.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import ROOT
from infra.environments import Environment, PlainPostgres, environment_of

# The package that is tagged latest refuses what our aws-cdk-lib writes.
CDK: Final = "aws-cdk@2.1148.1"
_BOOTSTRAPPED: Final = "/cdk-bootstrap/hnb659fds/version"
_BINARIES: Final = Path(sys.executable).parent

# Runs a command with these variables; its exit code.
Run = Callable[[Sequence[str], Mapping[str, str]], int]


class Refused(Exception):  # noqa: N818 - what the deployment then is
    """Nothing was done; the message says why, and what to do."""


def deploy(environment: Environment, session: boto3.Session, confirmed: str, run: Run) -> int:
    """Bring every stack to what the sources say. CDK's exit code. Raises Refused."""
    target = _target(session)
    _require_bootstrap(session, target)
    if environment.retains_data:
        _confirm(environment, f"This deploys to {target}", confirmed)
    print(f"Deploying {environment.names.prefix} to {target}.", flush=True)
    # Whoever deploys what keeps customers' data sees each right that is new, and agrees.
    approval = "broadening" if environment.retains_data else "never"
    return run(_cdk(environment, "deploy", "--require-approval", approval), os.environ)


def destroy(environment: Environment, session: boto3.Session, confirmed: str, run: Run) -> int:
    """Delete every stack, and all data that the environment does not keep. Raises Refused."""
    if environment.deletion_protection:
        raise Refused(
            f"Tables and the cluster of {environment.name} are protected. First set its"
            " deletion_protection to False in infra/environments.py, and deploy that."
        )
    target = _target(session)
    data = "Its data stay." if environment.retains_data else "All its data are lost."
    _confirm(environment, f"This destroys what runs in {target}. {data}", confirmed)
    return run(_cdk(environment, "destroy", "--force"), os.environ)


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra.deployment", description=__doc__)
    parser.add_argument("does", choices=["deploy", "destroy"])
    parser.add_argument("environment")
    parser.add_argument("--confirmed", default="", help="boxoffice-<environment>, if asked for")
    asked = parser.parse_args()
    does = deploy if asked.does == "deploy" else destroy
    try:
        return does(on_aws(asked.environment), session_here(), asked.confirmed, _run)
    except (Refused, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def on_aws(name: str) -> Environment:
    """The environment of that name. Raises Refused unless it is one on AWS."""
    try:
        environment = environment_of({"environment": name or "none"})
    except ValueError as error:
        raise Refused(f"{error} Say which by ENV=staging or ENV=production.") from error
    if isinstance(environment.database, PlainPostgres):
        raise Refused(f"{name} is not on AWS. `make up` runs it here.")
    if url := os.environ.get("AWS_ENDPOINT_URL"):
        raise Refused(f"AWS_ENDPOINT_URL is {url}: that is not AWS.")
    return environment


def session_here() -> boto3.Session:
    """Whoever the shell says; boto3 alone would not look at AWS_REGION, as CDK does."""
    return boto3.Session(region_name=os.environ.get("AWS_REGION"))


def _target(session: boto3.Session) -> str:
    """Account and region as CDK spells them."""
    if not session.region_name:
        raise Refused("Name a region: AWS_REGION=eu-central-1.")
    account = session.client("sts").get_caller_identity()["Account"]
    return f"aws://{account}/{session.region_name}"


def _require_bootstrap(session: boto3.Session, target: str) -> None:
    ssm = session.client("ssm")
    try:
        ssm.get_parameter(Name=_BOOTSTRAPPED)
    except ssm.exceptions.ParameterNotFound as error:
        npx = f"PATH={_BINARIES.relative_to(ROOT)}:$PATH npx"
        raise Refused(
            f"{target} is not prepared for CDK. Once: {npx} {CDK} bootstrap {target}"
        ) from error


def _confirm(environment: Environment, what: str, confirmed: str) -> None:
    wanted = environment.names.prefix
    if not confirmed and sys.stdin.isatty():
        confirmed = input(f"{what}. Type {wanted} to go on: ")
    if confirmed != wanted:
        raise Refused(f"{what}. Not confirmed: CONFIRM={wanted} would do so.")


def _cdk(environment: Environment, command: str, *options: str) -> list[str]:
    return [
        *(str(_BINARIES / "npx"), "--yes", CDK, command, "--all", *options),
        *("--context", f"environment={environment.name}"),
        *("--output", f"cdk.out/{environment.name}-deployed"),
        # Nobody is told what we deploy, nor asked what else there is.
        *("--no-notices", "--version-reporting", "false"),
    ]


def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    # CDK starts the app by `python` (cdk.json), and both want the virtual environment's node.
    path = os.pathsep.join([str(_BINARIES), variables.get("PATH", os.defpath)])
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env={**variables, "PATH": path}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
