"""Who speaks: a webhook's body, signed by one of the secrets that its provider shares with us.

The simulator signs as Stripe does (https://docs.stripe.com/webhooks#verify-manually).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from stripe import SignatureVerificationError, WebhookSignature

from functions.payments.domain import BadSignature

# How old a signature may be: one that was overheard is no good for longer.
TOLERANCE_SECONDS: Final = 300


def sign(body: str, secret: str, now: datetime) -> str:
    """The header that proves a body to be ours."""
    header: str = WebhookSignature.generate_signature_header(body, secret, int(now.timestamp()))
    return header


def check_signature(body: bytes, header: str | None, secrets: Iterable[str]) -> None:
    """Raises BadSignature unless one of the secrets signed this body within the last 300 s."""
    for secret in secrets:
        try:
            WebhookSignature.verify_header(body, header, secret, TOLERANCE_SECONDS)
        except (SignatureVerificationError, UnicodeDecodeError):
            continue
        else:
            return
    raise BadSignature("The signature is missing, too old, or made with no secret of ours.")
