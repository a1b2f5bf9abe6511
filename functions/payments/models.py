"""Requests and responses of the HTTP API."""

from typing import Annotated

from pydantic import Field

from functions.payments.domain import Payment, PaymentStatus, RefundStatus
from functions.payments.providers import simulator
from functions.shared.models import Cents, Currency, Instant, Request, View

OpaqueId = Annotated[str, Field(min_length=1, max_length=64)]


class ChargeMethod(Request):
    type: Annotated[str, Field(min_length=1, max_length=32)] = "card"
    token: Annotated[str, Field(min_length=1, max_length=255)] = simulator.OK


class ChargeRequest(Request):
    merchant_order_id: OpaqueId
    amount_cents: Cents
    currency: Currency | None = None
    payment_method: ChargeMethod = ChargeMethod()


class RefundRequest(Request):
    payment_id: OpaqueId
    amount_cents: Cents | None = None
    ticket_ids: Annotated[list[OpaqueId], Field(min_length=1, max_length=100)] | None = None
    reason: Annotated[str, Field(max_length=500)] | None = None


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
            merchant_order_id=payment.order_id,
            **{name: getattr(payment, name) for name in cls.model_fields if hasattr(payment, name)},
        )


class PaymentListView(View):
    items: list[PaymentView]
    next_cursor: str | None


class RefundView(View):
    payment_id: str
    refund_id: str
    status: RefundStatus
    refunded_cents: Cents


class HealthView(View):
    status: str
