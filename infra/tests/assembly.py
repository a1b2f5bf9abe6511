"""Reads what was synthesized, with names where templates have references."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# The property that holds a resource's own name.
_NAMES = ("FunctionName", "TableName", "QueueName", "StateMachineName", "LogGroupName", "RoleName")
_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "region", "AWS::AccountId": "account"}


@dataclass(frozen=True, eq=False)
class Statement:
    """One grant: who may do what to which things; a thing is spelled as its ARN or by its name."""

    owner: str
    actions: frozenset[str]
    resources: frozenset[str]
    conditions: Json


@dataclass(frozen=True)
class Assembly:
    """All templates of one environment."""

    environment: str
    folder: Path

    @cached_property
    def templates(self) -> dict[str, Json]:
        """Each stack's template by the stack's name without prefix."""
        suffix, prefix = ".template.json", f"boxoffice-{self.environment}-"
        return {
            path.name.removeprefix(prefix).removesuffix(suffix): json.loads(path.read_text())
            for path in sorted(self.folder.glob(f"*{suffix}"))
        }

    @cached_property
    def manifest(self) -> Json:
        manifest: Json = json.loads((self.folder / "manifest.json").read_text())
        return manifest

    def resources(self, kind: str) -> Iterator[tuple[str, str, Json]]:
        """Stack, logical id and properties of every resource of a type."""
        for stack, template in self.templates.items():
            for logical_id, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield stack, logical_id, resource.get("Properties", {})

    def functions(self) -> dict[str, Json]:
        """Every function's properties by its name without prefix."""
        prefix = f"boxoffice-{self.environment}-"
        return {
            properties["FunctionName"].removeprefix(prefix): properties
            for _, _, properties in self.resources("AWS::Lambda::Function")
        }

    def grants(self) -> list[Statement]:
        """Every statement of every role's policies; an owner is the function or machine whose
        role it is, or the role's logical id.
        """
        owners = {
            (stack, properties[key]["Fn::GetAtt"][0]): properties[name]
            for kind, key, name in (
                ("AWS::Lambda::Function", "Role", "FunctionName"),
                ("AWS::StepFunctions::StateMachine", "RoleArn", "StateMachineName"),
            )
            for stack, _, properties in self.resources(kind)
        }
        return [
            Statement(
                owners.get((stack, role["Ref"]), role["Ref"]),
                frozenset(_listed(statement["Action"])),
                frozenset(self.text(stack, one) for one in _listed(statement["Resource"])),
                statement.get("Condition", {}),
            )
            for stack, _, properties in self.resources("AWS::IAM::Policy")
            for role in properties["Roles"]
            for statement in properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]

    def text(self, stack: str, value: Any) -> str:
        """A template's value as text, references replaced by the name of what they point at."""
        match value:
            case str():
                return value
            case {"Ref": str(reference)}:
                return _PSEUDO.get(reference) or self._name(stack, reference)
            case {"Fn::GetAtt": [str(reference), str(attribute)]}:
                return f"{self._name(stack, reference)}.{attribute}"
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.text(stack, part) for part in parts)
            case {"Fn::ImportValue": str(export)}:
                return self._exported(export)
            case {"Fn::Select": [index, {"Fn::Split": [_, whole]}]}:
                return f"{self.text(stack, whole)}[{index}]"
        raise TypeError(f"Unknown in {stack}: {value}")

    def _name(self, stack: str, logical_id: str) -> str:
        resource = self.templates[stack]["Resources"].get(logical_id, {})
        properties = resource.get("Properties", {})
        named = next((properties[name] for name in _NAMES if name in properties), logical_id)
        # An alias is called as its function is.
        return self.text(stack, named)

    def _exported(self, export: str) -> str:
        for stack, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == export:
                    return self.text(stack, output["Value"])
        raise KeyError(export)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
