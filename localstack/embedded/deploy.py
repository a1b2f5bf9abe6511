"""Deploys a CDK assembly as it is to an emulated AWS: MiniStack here, LocalStack as well.

`deploy(assembly, endpoint)` does what `cdk deploy` would, without its Node: bootstrap, assets,
stacks. A stack whose template is deployed already is skipped.
"""

import io
import json
import stat
import time
import zipfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from embedded.assembly import Asset, Stack, read_assembly
from embedded.aws import client
from embedded.errors import StackError

BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION: Final = "31"
_STACK_SECONDS: Final = 120
_TEMPLATE_BYTES: Final = 51_200
# A stack in such a state can't be updated, only deleted and made again.
_BROKEN: Final = frozenset(
    {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
)

Outputs = dict[str, dict[str, str]]


class DeployError(StackError):
    """A stack failed; the message names it, the resource and the reason."""


class Deployment:
    """Deploys stacks to one endpoint and knows what it changed.

    `adapt` gives each stack as it can be made there.
    """

    def __init__(
        self, endpoint: str, adapt: Callable[[Stack], Stack] = lambda stack: stack
    ) -> None:
        self.changed: list[str] = []
        self._endpoint = endpoint
        self._adapt = adapt
        self._cloudformation = client("cloudformation", endpoint)

    # Each takes a moment to build, and a start at which nothing changed needs none of these.

    @cached_property
    def _dynamodb(self) -> Any:
        return client("dynamodb", self._endpoint)

    @cached_property
    def _s3(self) -> Any:
        return client("s3", self._endpoint)

    @cached_property
    def _ssm(self) -> Any:
        return client("ssm", self._endpoint)

    def deploy(self, assembly: Path) -> Outputs:
        """Deploy every stack of the assembly, in order; each stack's outputs by its name.

        Raises DeployError.
        """
        stacks = [self._adapt(stack) for stack in read_assembly(assembly)]
        outputs: Outputs = {}
        for stack in stacks:
            described = self._describe(stack.name)
            if described is None or not self._is_current(stack, described):
                self._bootstrap()
                for asset in stack.assets:
                    self._upload(asset, stack)
                described = self._apply(stack, described)
                self._enable_time_to_live(stack)
                self.changed.append(stack.name)
            outputs[stack.name] = {
                output["OutputKey"]: output["OutputValue"]
                for output in described.get("Outputs", [])
            }
        return outputs

    def _is_current(self, stack: Stack, described: dict[str, Any]) -> bool:
        """Names of assets are digests of their content, so equal templates have equal assets."""
        if not described["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            return False
        deployed = self._cloudformation.get_template(
            StackName=stack.name, TemplateStage="Original"
        )["TemplateBody"]
        # boto3 parses a template that is JSON.
        return bool(deployed == stack.template or deployed == json.loads(stack.template))

    def _bootstrap(self) -> None:
        """What `cdk bootstrap` leaves behind and templates ask for."""
        self._ssm.put_parameter(
            Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )

    def _upload(self, asset: Asset, stack: Stack) -> None:
        if asset.bucket not in [one["Name"] for one in self._s3.list_buckets()["Buckets"]]:
            self._s3.create_bucket(Bucket=asset.bucket)
        if asset == stack.template_asset:
            body = stack.template.encode()
        else:
            body = zipped(asset.source) if asset.is_folder else asset.source.read_bytes()
        self._s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)

    def _apply(self, stack: Stack, described: dict[str, Any] | None) -> dict[str, Any]:
        if described is not None and described["StackStatus"] in _BROKEN:
            self._cloudformation.delete_stack(StackName=stack.name)
            self._settled(stack.name)
            described = None
        arguments = {
            "StackName": stack.name,
            **self._template(stack),
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        try:
            if described is None:
                # Left standing, so that its events tell what went wrong.
                self._cloudformation.create_stack(**arguments, OnFailure="DO_NOTHING")
            else:
                self._cloudformation.update_stack(**arguments)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise DeployError(f"Stack {stack.name}: {error}") from error
        settled = self._settled(stack.name)
        if settled is None or settled["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeployError(f"Stack {stack.name}: {self._reason(stack.name)}")
        return settled

    def _template(self, stack: Stack) -> dict[str, str]:
        """A long template is only accepted from a bucket."""
        asset = stack.template_asset
        if asset is None or len(stack.template.encode()) <= _TEMPLATE_BYTES:
            return {"TemplateBody": stack.template}
        return {"TemplateURL": f"{self._endpoint}/{asset.bucket}/{asset.key}"}

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            stacks: list[dict[str, Any]] = self._cloudformation.describe_stacks(StackName=name)[
                "Stacks"
            ]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None
        return stacks[0] if stacks[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def _settled(self, name: str) -> dict[str, Any] | None:
        """The stack once nothing is in progress any more; None if it is gone."""
        deadline = time.monotonic() + _STACK_SECONDS
        while time.monotonic() < deadline:
            described = self._describe(name)
            if described is None or not described["StackStatus"].endswith("_IN_PROGRESS"):
                return described
            time.sleep(0.1)
        raise DeployError(f"Stack {name} was not done within {_STACK_SECONDS} seconds.")

    def _reason(self, name: str) -> str:
        """The first failure; those after it only say that they were cancelled."""
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        if not failed:
            return "it failed without a reason"
        # Newest first.
        first = failed[-1]
        return (
            f"{first['LogicalResourceId']} ({first['ResourceType']}): "
            f"{first.get('ResourceStatusReason', 'no reason given')}"
        )

    def _enable_time_to_live(self, stack: Stack) -> None:
        """MiniStack's CloudFormation ignores TimeToLiveSpecification, so it is asked for again."""
        for logical_id, properties in stack.resources("AWS::DynamoDB::Table"):
            wanted = properties.get("TimeToLiveSpecification")
            if not wanted:
                continue
            resource = self._cloudformation.describe_stack_resource(
                StackName=stack.name, LogicalResourceId=logical_id
            )["StackResourceDetail"]
            table = resource["PhysicalResourceId"]
            now = self._dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            if now.get("AttributeName") != wanted["AttributeName"]:
                self._dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)


def zipped(folder: Path) -> bytes:
    """The folder as an archive whose bytes depend on its content only."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    return packed.getvalue()
