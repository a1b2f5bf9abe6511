"""Third-party packages as a layer: a change of our own code uploads kilobytes, not megabytes."""

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundles.bundle import layer_archive
from infra.constructs.domain_code import archived
from infra.environments import Environment


def packages_layers(
    scope: Construct, environment: Environment, domain: str
) -> list[lambda_.ILayerVersion] | None:
    """The packages of a domain: one layer that all functions of its stack share."""
    if not environment.vendored:
        return None
    stack = Stack.of(scope)
    there = stack.node.try_find_child("Packages")
    if isinstance(there, lambda_.LayerVersion):
        return [there]
    layer = lambda_.LayerVersion(
        stack,
        "Packages",
        description=f"Third-party packages of {domain}",
        code=archived(layer_archive(environment, domain)),
    )
    return [layer]
