"""What cdk-nag finds and we let stand: each finding by itself, where it is, and why."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Let a finding of the pack AwsSolutions stand on this construct: `L1`, `IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions-{finding}", reason=reason)
    )
