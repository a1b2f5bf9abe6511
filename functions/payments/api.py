"""The HTTP API of payments; deployed as `payments-api`."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from functions.payments import commands, queries, report
from functions.payments.cashier import Cashier
from functions.payments.contract import (
    ChargeRequest,
    HealthView,
    ListPayments,
    PaymentListView,
    PaymentView,
    RefundRequest,
    RefundView,
)
from functions.payments.domain import (
    BOX_OFFICE,
    AlreadyRefunded,
    AttemptOpen,
    MoreThanCaptured,
    OrderNotConfirmed,
    PaymentNotAnnounced,
    PaymentNotPayable,
    PaymentNotRefundable,
    PaymentWindowOver,
    ProviderUnavailable,
    RefundInProgress,
    RefundNotOffered,
    RefundStatus,
    TicketUsed,
    TooManyAttempts,
    payment_id_of,
)
from functions.payments.neighbours import Orders
from functions.payments.once import Done, Replayed, carry_out_once
from functions.payments.refund_machine import RefundMachine
from functions.payments.refund_requests import RefundWish, request_refund
from functions.payments.report_views import MoneyReportView, ReadReport
from functions.payments.settings import ApiSettings
from functions.payments.store.answers import Scope
from functions.shared import aws, correlation
from functions.shared.api import Access, Api, OpaqueId
from functions.shared.idempotency import check_key, check_optional_key, request_hash
from functions.shared.models import Request
from functions.shared.postgres import check_health
from functions.shared.problems import (
    Forbidden,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    NotFound,
    PaymentDeclined,
    RequestInProgress,
    ServiceUnavailable,
    ValidationFailed,
)
from functions.shared.tokens import TokenVerifier, fetch_public_keys

ANNOUNCEMENT_PATIENCE_SECONDS = 3.0

settings = ApiSettings.from_environment()
cashier = Cashier.open(settings)
machine = RefundMachine(aws.step_functions(), settings.refund_state_machine_arn)
orders = Orders(aws.functions(), settings.orders_tasks_function)
kms = aws.kms()
tokens = TokenVerifier(
    settings.token_issuer, lambda: fetch_public_keys(kms, settings.token_key_ids.split(","))
)
api = Api("payments", tokens)

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]


@api.post(
    "/v1/charge",
    Access.SIGNED_IN,
    status=HTTPStatus.CREATED,
    also=(HTTPStatus.ACCEPTED,),
    raises=(
        IdempotencyKeyRequired,
        IdempotencyKeyReused,
        RequestInProgress,
        PaymentDeclined,
        NotFound,
        PaymentNotPayable,
        PaymentNotAnnounced,
        AttemptOpen,
        TooManyAttempts,
        PaymentWindowOver,
        ServiceUnavailable,
        ProviderUnavailable,
    ),
)
def charge_order(
    body: ChargeRequest, idempotency_key: IdempotencyKey = None
) -> Response[PaymentView]:
    """Pay for an order of your own.

    Also 202 with status PENDING: the provider has not said yet whether it charged. It is found out
    within a minute or two; until then another charge is a 409, and nothing is charged twice. After
    a 402 the order goes on waiting, for at most 5 attempts.
    """
    now = datetime.now(UTC)
    user_id = api.principal().user_id
    wish = commands.Charge(
        order_id=body.merchant_order_id,
        user_id=user_id,
        amount_cents=body.amount_cents,
        currency=body.currency,
        token=body.payment_method.token,
        key=check_key(idempotency_key),
    )
    if body.payment_method.type == BOX_OFFICE:
        raise ValidationFailed.at("/paymentMethod/type", "The box office sells whole orders.")
    if not cashier.accepts(wish.token):
        raise ValidationFailed.at("/paymentMethod/token", "This is no token of the provider's.")

    def run() -> Done:
        announced = commands.await_announcement(
            cashier, orders, wish, ANNOUNCEMENT_PATIENCE_SECONDS
        )
        # Only now: before, it may be anything that somebody has sent.
        correlation.about(orderId=wish.order_id, paymentId=payment_id_of(wish.order_id))
        payment, is_captured = commands.charge(cashier, announced, wish, datetime.now(UTC))
        status = HTTPStatus.CREATED if is_captured else HTTPStatus.ACCEPTED
        return Done(status, PaymentView.of(payment))

    return _once("charge", wish.key, body, now, run, cashier.check_cards)


@api.post(
    "/v1/refund",
    Access.SIGNED_IN,
    status=HTTPStatus.CREATED,
    raises=(
        IdempotencyKeyRequired,
        IdempotencyKeyReused,
        RequestInProgress,
        NotFound,
        PaymentNotRefundable,
        AlreadyRefunded,
        MoreThanCaptured,
        OrderNotConfirmed,
        Forbidden,
        RefundInProgress,
        RefundNotOffered,
        TicketUsed,
        ServiceUnavailable,
    ),
)
def refund_payment(
    body: RefundRequest, idempotency_key: IdempotencyKey = None
) -> Response[RefundView]:
    """Refund a payment, or a part of it: your own, or one for an event that you organize.

    With `ticketIds` those tickets are voided and their share is given back, tax included; with
    neither these nor an amount, all that is left. Seats go free. Customers get what the order's
    `refundPolicy` says, or a 409 if that is nothing. The event's organizer gives it back in full,
    and may name an `amountCents`, too: of tickets at most their share; of none, which voids none,
    at most what is left, with an Idempotency-Key. `force` takes a ticket that was used.

    REFUNDED if that was done within 8 seconds, else PENDING: then it goes on by itself, and the
    payment's `refundedCents` tell when it is done. Asking twice is one refund. While one refund of
    an order is under way, another is a 409 with Retry-After.
    """
    caller = api.principal()
    key = check_optional_key(idempotency_key)
    wish = RefundWish(
        payment_id=body.payment_id,
        amount_cents=body.amount_cents,
        ticket_ids=None if body.ticket_ids is None else frozenset(body.ticket_ids),
        reason=body.reason,
        is_forced=body.force,
        key=key,
    )

    def run() -> Done:
        refunding = request_refund(cashier, machine, orders, caller, wish)
        view = RefundView(
            payment_id=refunding.payment.payment_id,
            refund_id=refunding.refund_id,
            status=RefundStatus.REFUNDED if refunding.is_done else RefundStatus.PENDING,
            amount_cents=refunding.amount_cents,
            refunded_cents=refunding.payment.refunded_cents,
        )
        return Done(HTTPStatus.CREATED, view)

    return _once("refund", key, body, datetime.now(UTC), run)


@api.get("/v1/payments/report", Access.ORGANIZER, raises=(ServiceUnavailable,))
def report_payments(query: Annotated[ReadReport, Query()]) -> MoneyReportView:
    """The money of an event of yours by day (UTC) and currency: captured, refunded, net, and tax.

    Another organizer's is as empty as one that is not there. Administrators may ask of any event,
    and, without `eventId`, of all. What counts is when money moved: `from` a day or a moment on,
    and up `to` the end of a day, or until just before a moment.
    """
    return MoneyReportView.of(report.read_report(cashier, query.scope(), api.principal()))


@api.get("/v1/payments/<payment_id>", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def read_payment(payment_id: OpaqueId) -> PaymentView:
    """A payment: your own, or for an event that you organize."""
    return PaymentView.of(queries.read_payment(cashier, payment_id, api.principal()))


@api.get("/v1/payments", Access.SIGNED_IN, raises=(ServiceUnavailable,))
def list_payments(query: Annotated[ListPayments, Query()]) -> PaymentListView:
    """The payment of an order; no items if there is none that you may see."""
    found = queries.list_payments(cashier, query.order_id, api.principal())
    return PaymentListView(items=[PaymentView.of(payment) for payment in found], next_cursor=None)


@api.get("/health/payments", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_payments_health() -> HealthView:
    """Whether payments can reach its database."""
    check_health(cashier.engine)
    return HealthView(status="ok")


def _once(
    operation: str, key: str | None, body: Request, now: datetime, run: Any, check: Any = None
) -> Response[Any]:
    if key is None:
        done: Done = run()
    else:
        done = carry_out_once(
            cashier.engine,
            Scope(api.principal().user_id, operation, key),
            request_hash(body.model_dump(mode="json")),
            api.resolver.current_event.path,
            now,
            run,
            check,
        )
    return Response(int(done.status), "application/json", done.view)


def _replay(replayed: Replayed) -> Response[str]:
    # Raised, so that Powertools does not serialize again what must stay the same byte for byte.
    answer = replayed.answer
    return Response(
        answer.status, answer.content_type, answer.body, {"Idempotency-Replayed": "true"}
    )


api.resolver.exception_handler(Replayed)(_replay)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
