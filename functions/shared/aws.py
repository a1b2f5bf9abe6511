"""AWS' clients, built alike: kept alive, timed out early, retried by botocore's standard mode.

They are boto3's, made by botocore itself: boto3 adds transfers to S3 that nobody here makes, and to
import those takes a fifth of a cold start.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_ses.client import SESClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient

# What a client raises when, after its retries, the service still did not answer at all.
UNREACHABLE: Final = (NoConnection, HTTPClientError)


def _config(read_timeout_seconds: float, attempts: int) -> Config:
    return Config(
        connect_timeout=2,
        read_timeout=read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
        parameter_validation=False,
        # Given, it is sent as it is; botocore's own is put together anew for every request.
        user_agent="boxoffice",
    )


def _client(service: Any, read_timeout_seconds: float = 5, attempts: int = 3) -> Any:
    return _session().create_client(service, config=_config(read_timeout_seconds, attempts))


@cache
def _session() -> Session:
    """One for all clients: what AWS' services are like is read once."""
    return get_session()


def dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = _client("dynamodb")
    return client


def eventbridge(read_timeout_seconds: float = 5, attempts: int = 3) -> "EventBridgeClient":
    client: EventBridgeClient = _client("events", read_timeout_seconds, attempts)
    return client


def kms() -> "KMSClient":
    client: KMSClient = _client("kms")
    return client


def functions(read_timeout_seconds: float = 20, attempts: int = 3) -> "LambdaClient":
    # A called function may be cold: its answer takes longer than a store's.
    client: LambdaClient = _client("lambda", read_timeout_seconds, attempts)
    return client


def mail() -> "SESClient":
    """SES in its first version."""
    client: SESClient = _client("ses")
    return client


def queues() -> "SQSClient":
    client: SQSClient = _client("sqs")
    return client


def secrets() -> "SecretsManagerClient":
    client: SecretsManagerClient = _client("secretsmanager")
    return client


def step_functions() -> "SFNClient":
    client: SFNClient = _client("stepfunctions")
    return client
