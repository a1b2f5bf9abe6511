"""What becomes of data when its stack goes."""

from aws_cdk import RemovalPolicy

from infra.environments import Environment


def removal_policy(environment: Environment) -> RemovalPolicy:
    """Data stays where the environment keeps its data, and goes with its stack elsewhere."""
    return RemovalPolicy.RETAIN if environment.retains_data else RemovalPolicy.DESTROY
