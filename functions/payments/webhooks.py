"""Where providers tell us what became of a charge; deployed as `payments-webhooks`.

It makes sure who speaks and puts what was said on a queue, and that is all: a provider whose
webhook waits for a busy database takes us for dead, and says everything again.
"""

import json
from base64 import b64decode
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.payments.contract import ReceivedView
from functions.payments.domain import BadSignature
from functions.payments.providers.notices import SIGNATURE_HEADERS
from functions.payments.providers.signatures import check_signature
from functions.payments.settings import WebhookSettings
from functions.payments.webhook_secrets import WebhookSecrets
from functions.shared import aws, correlation
from functions.shared.api import Access, Api, OpaqueId
from functions.shared.observability import logger
from functions.shared.problems import NotFound, ServiceUnavailable

settings = WebhookSettings.from_environment()
secrets = WebhookSecrets(aws.secrets(), settings.webhook_secrets_arn)
queue = aws.queues()
api = Api("webhooks", None)


@api.post(
    "/v1/payments/webhook/<provider>",
    Access.PUBLIC,
    raises=(BadSignature, NotFound, ServiceUnavailable),
    is_foreign=True,
)
def receive_notice(provider: OpaqueId) -> ReceivedView:
    """A payment provider's word on a charge, signed by it.

    The body is the provider's, and is taken as it is. A notice that comes again has no effect.
    """
    header = SIGNATURE_HEADERS.get(provider)
    if header is None:
        raise NotFound("There is no such payment provider.")
    event = api.resolver.current_event
    body = b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    signature = event.headers.get(header)
    try:
        check_signature(body, signature, secrets.of(provider))
    except BadSignature:
        # Perhaps by a secret that came after ours were fetched.
        check_signature(body, signature, secrets.anew(provider))
    said = {"provider": provider, "body": body.decode(), **correlation.carried()}
    try:
        queue.send_message(QueueUrl=settings.notices_queue_url, MessageBody=json.dumps(said))
    except (BotoCoreError, ClientError) as error:
        logger.exception("notice not queued", extra={"provider": provider})
        raise ServiceUnavailable.retry_after(1, "It could not be kept; send it again.") from error
    return ReceivedView(received=True)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
