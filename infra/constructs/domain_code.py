"""What is uploaded for a domain's functions: its own folder and the shared one, nothing else."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from infra.bundles.bundle import code_archive, contents
from infra.bundles.own_code import code_of
from infra.environments import Environment


def domain_code(environment: Environment, domain: str, *beside: str) -> lambda_.Code:
    """`functions/__init__.py`, `functions/shared` and `functions/<domain>`, without their tests,
    and what else of `functions/` is named; compiled where packages are deployed with it, too.
    """
    if environment.vendored:
        return archived(code_archive(environment, domain, beside))
    return lambda_.Code.from_asset(str(code_of(domain, beside)))


def archived(archive: Path) -> lambda_.Code:
    """Named after its contents, so that the same contents are never deployed as something new."""
    return lambda_.Code.from_asset(str(archive), asset_hash=contents(archive))
