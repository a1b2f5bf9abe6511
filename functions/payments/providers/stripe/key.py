"""Stripe's key, which is in Secrets Manager and nowhere else."""

import json
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.payments.domain import ProviderUnavailable
from functions.payments.providers.stripe.sdk import StripeSdk
from functions.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

_KEPT_SECONDS: Final = 300


class StripeAccount:
    """`{"apiKey": "sk_..."}`, fetched when first needed and again every five minutes, so that a key
    can be replaced. `api` is Stripe's address unless somebody else is to play its part.
    """

    def __init__(self, client: "SecretsManagerClient", arn: str, api: str | None = None) -> None:
        self._client = client
        self._arn = arn
        self._api = api
        self._line: StripeSdk | None = None
        self._fetched_at = float("-inf")

    def line(self) -> StripeSdk:
        """Raises ProviderUnavailable where nobody has put a key in, or it can't be fetched."""
        now = time.monotonic()
        if self._line is None or now >= self._fetched_at + _KEPT_SECONDS:
            self._line = StripeSdk(self._fetch(), self._api)
            self._fetched_at = now
        return self._line

    def _fetch(self) -> str:
        try:
            answer = self._client.get_secret_value(SecretId=self._arn)
            key: str = json.loads(answer["SecretString"])["apiKey"]
        except (BotoCoreError, ClientError) as error:
            logger.exception("Stripe's key could not be fetched")
            raise ProviderUnavailable.retry_after(1, "The provider can't be asked.") from error
        if not key:
            logger.error("nobody has put Stripe's key into its secret")
            raise ProviderUnavailable.retry_after(10, "The payment provider is not set up.")
        return key
