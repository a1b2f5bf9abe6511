"""What is uploaded for a domain's functions: its own folder and the shared one, nothing else."""

from typing import Final

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

from infra import ROOT

_NOT_DEPLOYED: Final = ("tests", "migrations", "__pycache__", "*.md", "*.sql")


def domain_code(domain: str, *beside: str) -> lambda_.Code:
    """`functions/__init__.py`, `functions/shared` and `functions/<domain>`, without their tests,
    and what else of `functions/` is named.

    Everything is left out first and let in again, so that a new folder never slips in.
    """
    return lambda_.Code.from_asset(
        str(ROOT),
        ignore_mode=IgnoreMode.DOCKER,
        exclude=[
            "*",
            "!functions/__init__.py",
            "!functions/shared",
            f"!functions/{domain}",
            *(f"**/{name}" for name in _NOT_DEPLOYED),
            *(f"!functions/{path}" for path in beside),
            "**/__pycache__",
        ],
    )
