"""What reaches Stripe for the other functions of payments; deployed as `payments-provider`.

It stands outside the private network, which has no way to the internet, and has no database: it
carries one request to Stripe and its answer back. Stripe's key is nobody else's to read.
"""

from collections.abc import Mapping
from typing import Any

from functions.payments.providers.stripe.key import StripeAccount
from functions.payments.providers.stripe.line import Intent
from functions.shared import aws
from functions.shared.models import Cents, Currency
from functions.shared.settings import Settings
from functions.shared.tasks import TaskInput, Tasks


class ProviderSettings(Settings):
    stripe_key_arn: str
    stripe_api: str | None = None


settings = ProviderSettings.from_environment()
account = StripeAccount(aws.secrets(), settings.stripe_key_arn, settings.stripe_api)
tasks = Tasks()


class CreateIntent(TaskInput):
    key: str
    amount_cents: Cents
    currency: Currency
    token: str


class KeyedIntent(TaskInput):
    key: str
    intent_id: str


class KnownIntent(TaskInput):
    intent_id: str


class RefundIntent(TaskInput):
    key: str
    intent_id: str
    amount_cents: Cents


@tasks.task
def create_intent(request: CreateIntent) -> Mapping[str, Any]:
    return _shown(
        account.line().create(request.key, request.amount_cents, request.currency, request.token)
    )


@tasks.task
def confirm_intent(request: KeyedIntent) -> Mapping[str, Any]:
    return _shown(account.line().confirm(request.key, request.intent_id))


@tasks.task
def retrieve_intent(request: KnownIntent) -> Mapping[str, Any]:
    return _shown(account.line().retrieve(request.intent_id))


@tasks.task
def cancel_intent(request: KnownIntent) -> Mapping[str, Any]:
    return _shown(account.line().cancel(request.intent_id))


@tasks.task
def find_refund(request: KeyedIntent) -> Mapping[str, Any]:
    return {"refundId": account.line().find_refund(request.key, request.intent_id)}


@tasks.task
def refund_intent(request: RefundIntent) -> Mapping[str, Any]:
    line = account.line()
    return {"refundId": line.refund(request.key, request.intent_id, request.amount_cents)}


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)


def _shown(intent: Intent) -> Mapping[str, Any]:
    return {
        "intentId": intent.intent_id,
        "status": intent.status,
        "amountCents": intent.amount_cents,
        "currency": intent.currency,
        "declined": intent.declined,
    }
