"""A secret's value out of Secrets Manager."""

from typing import TYPE_CHECKING

from functions.shared.aws import UNREACHABLE
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


def read_secret(client: "SecretsManagerClient", arn: str) -> str:
    """The current value. Raises ServiceUnavailable when Secrets Manager is away."""
    try:
        return client.get_secret_value(SecretId=arn)["SecretString"]
    except UNREACHABLE as error:
        logger.exception("Secrets Manager away")
        raise ServiceUnavailable.retry_after(1, "A secret could not be read.") from error
