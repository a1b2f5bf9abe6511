"""The secrets that providers sign their webhooks with: several of one at a time, so that a new
one can come before the old one goes.
"""

import json
import time
from typing import TYPE_CHECKING, Final

from functions.shared.secret_values import read_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

_KEPT_SECONDS: Final = 300
# Anybody can send a bad signature; not each of them may ask for the secrets again.
_ANEW_SECONDS: Final = 30


class WebhookSecrets:
    """`{"<provider>": "secret another"}` in Secrets Manager, kept for five minutes."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client = client
        self._arn = arn
        self._known: dict[str, str] = {}
        self._fetched_at = float("-inf")

    def of(self, provider: str) -> list[str]:
        """None at all if the provider is not in use. Raises ServiceUnavailable."""
        return self._secrets(provider, _KEPT_SECONDS)

    def anew(self, provider: str) -> list[str]:
        """The same, fetched again unless they just were."""
        return self._secrets(provider, _ANEW_SECONDS)

    def _secrets(self, provider: str, kept_seconds: float) -> list[str]:
        now = time.monotonic()
        if now >= self._fetched_at + kept_seconds:
            self._known = json.loads(read_secret(self._client, self._arn))
            self._fetched_at = now
        return self._known.get(provider, "").split()
