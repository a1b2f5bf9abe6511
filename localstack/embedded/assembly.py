"""Reads a CDK cloud assembly (`cdk.out`): its stacks in the order of their dependencies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from embedded.config import ACCOUNT, REGION


@dataclass(frozen=True)
class Asset:
    """A file or folder to upload before the stack that names it is deployed."""

    source: Path
    is_folder: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Stack:
    """One template to deploy."""

    name: str
    template: str
    assets: tuple[Asset, ...]
    template_asset: Asset | None

    def resources(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical ids and properties of the stack's resources of one type."""
        for logical_id, resource in json.loads(self.template).get("Resources", {}).items():
            if resource["Type"] == kind:
                yield logical_id, resource.get("Properties", {})


def read_assembly(folder: Path) -> list[Stack]:
    """The stacks of an assembly, each after those it depends on."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    dependencies = {name: one.get("dependencies", []) for name, one in artifacts.items()}
    ordered = [(name, artifacts[name]) for name in TopologicalSorter(dependencies).static_order()]
    stacks = []
    for name, artifact in ordered:
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        properties = artifact["properties"]
        manifests = [
            artifacts[other]["properties"]["file"]
            for other in dependencies[name]
            if artifacts[other]["type"] == "cdk:asset-manifest"
        ]
        template = properties["templateFile"]
        assets = [asset for manifest in manifests for asset in _assets(folder, manifest)]
        stack_name = properties.get("stackName", name)
        own = next((asset for asset in assets if asset.source == folder / template), None)
        stacks.append(Stack(stack_name, (folder / template).read_text(), tuple(assets), own))
    return stacks


def _assets(folder: Path, manifest: str) -> Iterator[Asset]:
    for asset in json.loads((folder / manifest).read_text())["files"].values():
        for destination in asset["destinations"].values():
            yield Asset(
                folder / asset["source"]["path"],
                asset["source"]["packaging"] == "zip",
                _resolved(destination["bucketName"]),
                _resolved(destination["objectKey"]),
            )


def _resolved(text: str) -> str:
    """Templates made for no particular account leave its number and region open."""
    known = {"AccountId": ACCOUNT, "Region": REGION, "Partition": "aws"}
    for name, value in known.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text
