"""A cloud assembly is deployed as it is, on an emulated AWS."""

import json
from pathlib import Path
from typing import Any

import pytest
from embedded.assembly import read_assembly
from embedded.aws import client
from embedded.deploy import BOOTSTRAP_PARAMETER, DeployError, Deployment

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "deployed-claims",
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    },
}


def function(key: str, name: str = "deployed-function") -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::000000000000:role/test",
            "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": key},
        },
    }


def write_assembly(folder: Path, stacks: dict[str, dict[str, Any]]) -> Path:
    """An assembly as CDK writes it; each stack may name `dependencies` and an asset's `code`."""
    folder.mkdir(exist_ok=True)
    artifacts: dict[str, Any] = {}
    for name, stack in stacks.items():
        files = {}
        if "code" in stack:
            asset = folder / f"asset.{stack['key']}"
            asset.mkdir(exist_ok=True)
            (asset / "index.py").write_text(stack["code"])
            files[stack["key"]] = {
                "source": {"path": asset.name, "packaging": "zip"},
                "destinations": {
                    "here": {"bucketName": "assets-${AWS::AccountId}", "objectKey": stack["key"]}
                },
            }
        (folder / f"{name}.assets.json").write_text(json.dumps({"files": files}))
        template = {"Resources": stack["resources"], "Outputs": stack.get("outputs", {})}
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        }
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackName": f"deployed-{name}",
            },
            "dependencies": [f"{name}.assets", *stack.get("dependencies", [])],
        }
    artifacts["tree"] = {"type": "cdk:tree", "properties": {"file": "tree.json"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def test_stacks_come_after_those_they_depend_on(tmp_path: Path) -> None:
    resources: dict[str, Any] = {}
    assembly = write_assembly(
        tmp_path / "cdk.out",
        {
            "api": {"resources": resources, "dependencies": ["orders", "seating"]},
            "orders": {"resources": resources, "dependencies": ["platform"]},
            "platform": {"resources": resources},
            "seating": {"resources": resources, "dependencies": ["platform"]},
        },
    )
    names = [stack.name.removeprefix("deployed-") for stack in read_assembly(assembly)]
    assert names[0] == "platform"
    assert names[-1] == "api"
    assert sorted(names) == ["api", "orders", "platform", "seating"]


def test_an_assembly_is_deployed_once_and_then_only_what_changed(
    tmp_path: Path, aws_endpoint: str
) -> None:
    def assembly(answer: str) -> Path:
        return write_assembly(
            tmp_path / "cdk.out",
            {
                "app": {
                    "resources": {"Function": function(f"{answer}.zip")},
                    "dependencies": ["data"],
                    "key": f"{answer}.zip",
                    "code": f"def handler(event, context):\n    return {answer!r}\n",
                },
                "data": {
                    "resources": {"Claims": TABLE},
                    "outputs": {"Table": {"Value": {"Ref": "Claims"}}},
                },
            },
        )

    def answer() -> Any:
        payload = client("lambda", aws_endpoint).invoke(FunctionName="deployed-function")["Payload"]
        return json.loads(payload.read())

    first = Deployment(aws_endpoint)
    outputs = first.deploy(assembly("one"))
    assert first.changed == ["deployed-data", "deployed-app"]
    assert outputs["deployed-data"] == {"Table": "deployed-claims"}
    assert answer() == "one"
    parameters = client("ssm", aws_endpoint).get_parameter(Name=BOOTSTRAP_PARAMETER)
    assert int(parameters["Parameter"]["Value"]) >= 6

    again = Deployment(aws_endpoint)
    assert again.deploy(assembly("one")) == outputs
    assert again.changed == []

    changed = Deployment(aws_endpoint)
    changed.deploy(assembly("two"))
    assert changed.changed == ["deployed-app"]
    assert answer() == "two"


def test_cloudformation_ignores_time_to_live_so_it_is_enabled_after_deploying(
    tmp_path: Path, aws_endpoint: str
) -> None:
    """Mend 2. When its second half fails, upstream has mended it: delete ours."""
    dynamodb = client("dynamodb", aws_endpoint)

    def time_to_live(table: str) -> Any:
        return dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    named = {"Claims": {**TABLE, "Properties": {**TABLE["Properties"], "TableName": "mended"}}}  # type: ignore[dict-item]
    Deployment(aws_endpoint).deploy(
        write_assembly(tmp_path / "cdk.out", {"mended": {"resources": named}})
    )
    assert time_to_live("mended") == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}

    bare = {"Claims": {**TABLE, "Properties": {**TABLE["Properties"], "TableName": "unmended"}}}  # type: ignore[dict-item]
    client("cloudformation", aws_endpoint).create_stack(
        StackName="unmended", TemplateBody=json.dumps({"Resources": bare})
    )
    dynamodb.get_waiter("table_exists").wait(TableName="unmended")
    assert time_to_live("unmended") == {"TimeToLiveStatus": "DISABLED"}


def test_a_failure_names_the_stack_the_resource_and_the_reason_and_can_be_repaired(
    tmp_path: Path, aws_endpoint: str
) -> None:
    def assembly(*layers: str) -> Path:
        layered = function("code.zip", "failing-function")
        layered["Properties"]["Layers"] = list(layers)
        resources = {"One": layered}
        stack = {"resources": resources, "key": "code.zip", "code": "handler = print"}
        return write_assembly(tmp_path / "cdk.out", {"failing": stack})

    with pytest.raises(DeployError) as failed:
        # No account may use a layer of another's that was not shared with it.
        Deployment(aws_endpoint).deploy(assembly("arn:aws:lambda:us-east-1:1:layer:missing:1"))
    assert str(failed.value).startswith("Stack deployed-failing: One (AWS::Lambda::Function): ")
    assert "layer" in str(failed.value)

    repaired = Deployment(aws_endpoint)
    repaired.deploy(assembly())
    assert repaired.changed == ["deployed-failing"]
