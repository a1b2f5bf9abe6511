"""What users get of all that is held on them: views of our own, whatever other domains call it."""

from typing import Literal, Self

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from functions.shared.models import Cents, Currency, Id, Instant, View
from functions.users.audit_log_contract import ChangeView
from functions.users.contract import UserView
from functions.users.exports import Export
from functions.users.token_store import SessionTimes
from functions.users.trail import Action, KeptEntry


class Told(View):
    """Part of what another domain told us."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        serialize_by_alias=True,
        extra="ignore",
    )


class ExportedSessionView(View):
    """`renewedAt` is when it was last gone on with; `endedAt` is null while it can be."""

    started_at: Instant
    renewed_at: Instant
    expires_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, session: SessionTimes) -> Self:
        return cls(**session._asdict())


class ExportedEntryView(View):
    """What was done to the account. Of others it only says that they were."""

    happened_at: Instant
    action: Action
    by: Literal["YOU", "ADMINISTRATOR", "OPERATOR"]
    changes: list[ChangeView]

    @classmethod
    def of(cls, kept: KeptEntry) -> Self:
        entry = kept.entry
        actor_id = entry.author.actor_id
        others = "OPERATOR" if actor_id is None else "ADMINISTRATOR"
        return cls.model_validate(
            {
                "happened_at": entry.happened_at,
                "action": entry.action,
                "by": "YOU" if actor_id == entry.user_id else others,
                "changes": [ChangeView(**change._asdict()) for change in entry.changes],
            }
        )


class ExportedSeatView(Told):
    seat_id: Id
    section: str
    row: str
    seat_number: str
    price_cents: Cents


class ExportedTicketView(Told):
    """Without its code, which would let in whoever has this copy."""

    ticket_id: str
    seat_id: Id
    section: str
    row: str
    seat_number: str
    price_cents: Cents
    status: Literal["VALID", "USED", "VOID"]
    issued_at: Instant
    used_at: Instant | None


class ExportedOrderView(Told):
    order_id: str
    event_id: Id
    reservation_id: str
    status: Literal["PENDING", "CONFIRMED", "CANCELLED", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED"]
    reason: str | None
    subtotal_cents: Cents
    tax_cents: Cents
    total_cents: Cents
    refunded_cents: Cents
    currency: Currency
    items: list[ExportedSeatView]
    tickets: list[ExportedTicketView]
    expires_at: Instant
    created_at: Instant
    updated_at: Instant


class ExportedAttemptView(Told):
    """One try to take the money; a provider that has not said yet leaves it UNKNOWN."""

    number: int
    provider: str
    provider_txn_id: str | None
    outcome: Literal["UNKNOWN", "CAPTURED", "DECLINED", "CANCELLED"]
    reason: str | None
    started_at: Instant
    closed_at: Instant | None


class ExportedRefundView(Told):
    refund_id: str
    amount_cents: Cents
    reason: str | None
    status: Literal["PENDING", "REFUNDED"]
    created_at: Instant
    completed_at: Instant | None


class ExportedPaymentView(Told):
    payment_id: str
    merchant_order_id: str
    status: Literal["PENDING", "SUCCESS", "FAILED", "VOIDED", "PARTIALLY_REFUNDED", "REFUNDED"]
    amount_cents: Cents
    refunded_cents: Cents
    currency: Currency
    provider: str | None
    provider_txn_id: str | None
    created_at: Instant
    updated_at: Instant
    attempts: list[ExportedAttemptView]
    refunds: list[ExportedRefundView]


class ExportedReservationView(Told):
    reservation_id: str
    event_id: Id
    order_id: str | None
    status: Literal["ACTIVE", "PAYING", "COMPLETED", "RELEASED", "EXPIRED"]
    seat_ids: list[Id]
    total_cents: Cents
    currency: Currency
    expires_at: Instant


class ExportView(View):
    """All that is held on a user. Reservations are those that led to an order, and those that are
    held now: one that led to none is forgotten within days, and known by its own id alone.
    """

    exported_at: Instant
    profile: UserView
    sessions: list[ExportedSessionView]
    audit_log: list[ExportedEntryView]
    orders: list[ExportedOrderView]
    payments: list[ExportedPaymentView]
    reservations: list[ExportedReservationView]

    @classmethod
    def of(cls, export: Export) -> Self:
        return cls(
            exported_at=export.exported_at,
            profile=UserView.of(export.user),
            sessions=[ExportedSessionView.of(session) for session in export.sessions],
            audit_log=[ExportedEntryView.of(kept) for kept in export.entries],
            orders=[ExportedOrderView.model_validate(each) for each in export.orders],
            payments=[ExportedPaymentView.model_validate(each) for each in export.payments],
            reservations=[
                ExportedReservationView.model_validate(each) for each in export.reservations
            ],
        )
