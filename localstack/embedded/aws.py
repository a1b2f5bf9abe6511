"""Clients for an emulated AWS, never for a real one: address and keys are always given."""

from typing import Any

import boto3
from botocore.config import Config

from embedded.config import CREDENTIALS, REGION


def client(service: str, endpoint: str, *, read_timeout_seconds: int = 60) -> Any:
    """A client of `service` at `endpoint` that tries each call once."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=read_timeout_seconds,
            max_pool_connections=32,
            # An address by number has no host names for buckets.
            s3={"addressing_style": "path"},
        ),
    )
