"""Requests and responses of the HTTP API."""

from typing import Annotated

from pydantic import Field, Strict

from functions.payments.domain import Payment, PaymentStatus, RefundStatus
from functions.payments.providers import simulator
from functions.shared.models import Cents, Currency, Instant, Line, Request, View

OpaqueId = Annotated[Line, Field(min_length=1, max_length=64)]


class ChargeMethod(Request):
    type: Annotated[Line, Field(min_length=1, max_length=32)] = "card"
    token: Annotated[Line, Field(min_length=1, max_length=255)] = simulator.OK


class ChargeRequest(Request):
    merchant_order_id: OpaqueId
    amount_cents: Cents
    currency: Currency | None = None
    payment_method: ChargeMethod = ChargeMethod()


class RefundRequest(Request):
    payment_id: OpaqueId
    amount_cents: Cents | None = None
    ticket_ids: Annotated[list[OpaqueId], Field(min_length=1, max_length=100)] | None = None
    reason: Annotated[Line, Field(max_length=500)] | None = None
    force: Annotated[bool, Strict()] = False


class ListPayments(Request):
    order_id: OpaqueId


class PaymentView(View):
    payment_id: str
    merchant_order_id: str
    status: PaymentStatus
    amount_cents: Cents
    refunded_cents: Cents
    currency: Currency
    provider: str | None
    provider_txn_id: str | None
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, payment: Payment) -> "PaymentView":
        return cls(
            payment_id=payment.payment_id,
            merchant_order_id=payment.order_id,
            status=payment.status,
            amount_cents=payment.amount_cents,
            refunded_cents=payment.refunded_cents,
            currency=payment.currency,
            provider=payment.provider,
            provider_txn_id=payment.provider_txn_id,
            created_at=payment.created_at,
            updated_at=payment.updated_at,
        )


class PaymentListView(View):
    items: list[PaymentView]
    next_cursor: str | None


class RefundView(View):
    """`amountCents` is this refund's, null until it is decided; `refundedCents` the payment's."""

    payment_id: str
    refund_id: str
    status: RefundStatus
    amount_cents: Cents | None
    refunded_cents: Cents


class ReceivedView(View):
    received: bool


class HealthView(View):
    status: str
