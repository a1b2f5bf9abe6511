"""Every metric that our functions write: whose it is, of which kind, and what it says.

The embedded metric format has no kinds, and nobody can tell a counter from a gauge by its name.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

# A counter only grows; of a gauge the newest value counts; seconds are put into buckets.
Kind = Literal["counter", "gauge", "seconds"]


class Described(NamedTuple):
    """`labels` has for each dimension, beside the domain, the values that are there from the
    start: what first appears as a 1 has not grown, for Prometheus.
    """

    service: str
    kind: Kind
    says: str
    labels: Mapping[str, tuple[str, ...]] = {}


METRICS: Final[Mapping[str, Described]] = {
    "seat_reservations_total": Described("seating", "counter", "Reservations made"),
    "seat_reservations_failed": Described(
        "seating",
        "counter",
        "Reservations refused",
        {
            "reason": (
                "seats-unavailable",
                "event-not-on-sale",
                "active-reservation-exists",
                "ticket-limit-reached",
                "too-many-holds",
                "seats-just-held",
                "service-unavailable",
            )
        },
    ),
    "expired_reservations_released": Described(
        "seating", "counter", "Seats whose reservation ran out"
    ),
    "orders_total": Described("orders", "counter", "Orders placed"),
    "orders_confirmed_total": Described(
        "orders", "counter", "Orders confirmed, with their tickets"
    ),
    "orders_given_up_total": Described(
        "orders",
        "counter",
        "Orders that came to nothing",
        {"reason": ("payment-timed-out", "cancelled", "event-cancelled", "seats-lost")},
    ),
    "booking_seconds": Described("orders", "seconds", "From an order to its tickets"),
    "bookings_parked": Described("orders", "counter", "Bookings that could not go on"),
    "refunds_parked": Described("orders", "counter", "Refunds that could not go on"),
    "oldest_open_order_seconds": Described(
        "orders", "gauge", "For how long the oldest open order should have been decided"
    ),
    "orders_reconciled_total": Described(
        "orders", "counter", "Orders taken up again", {"outcome": ()}
    ),
    "orders_contradictory_total": Described(
        "orders", "counter", "Orders at odds with their payment or seats"
    ),
    "payments_total": Described("payments", "counter", "Payments taken"),
    "payments_failed_total": Described(
        "payments",
        "counter",
        "Attempts to pay that failed",
        {"reason": ("declined", "cancelled")},
    ),
    "refunds_total": Described("payments", "counter", "Refunds paid"),
    "oldest_pending_refund_seconds": Described(
        "payments", "gauge", "For how long the oldest refund has waited"
    ),
    "payment_provider_open": Described(
        "payments", "counter", "Times that a provider was given up for a while"
    ),
    "payments_contradictory_total": Described(
        "payments", "counter", "Payments of other money than was due"
    ),
    "payments_refunds_failed_total": Described(
        "payments", "counter", "Refunds that a provider could not pay"
    ),
    "payments_disputed_total": Described("payments", "counter", "Payments that a bank took back"),
    "event_cancellations_total": Described("catalog", "counter", "Events cancelled to the end"),
    "oldest_event_cancellation_seconds": Described(
        "catalog", "gauge", "For how long the oldest cancellation has been open"
    ),
    "user_registrations_total": Described("users", "counter", "Accounts made"),
    "user_logins_total": Described(
        "users", "counter", "Sign-ins", {"outcome": ("success", "failure", "throttled")}
    ),
    "refresh_tokens_reused_total": Described("users", "counter", "Refresh tokens that came back"),
    "password_resets_total": Described(
        "users",
        "counter",
        "Forgotten passwords",
        {"outcome": ("mailed", "nobody", "unusable", "given up")},
    ),
    "passwords_changed_total": Described(
        "users", "counter", "Passwords changed", {"by": ("password", "mail")}
    ),
    "audits_total": Described("audit", "counter", "Audits made"),
    "audit_violations": Described("audit", "gauge", "Broken promises, at the last audit"),
    "audit_seconds": Described("audit", "seconds", "What an audit took"),
}
