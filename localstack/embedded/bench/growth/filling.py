"""Fills databases by SQL, in a second or two: the same number is always the same rows.

What belongs to one customer, one event or one day is the same at every size; there are only more of
them. Rows that are near in time lie apart, as they do once a table has seen changes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

# As the statements below have them.
ORDERS_OF_A_CUSTOMER: Final = 20
ORDERS_OF_A_DAY: Final = 100
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_EVENT: Final = datetime(2031, 1, 1, tzinfo=UTC)
# Of events, venues and users, by tens: what a tenth of them is called.
COMMON: Final = "3"
_AT: Final = """\
CREATE FUNCTION pg_temp.at(i bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql
RETURN timestamptz '2026-01-01 00:00:00+00' + i * interval '864 seconds'"""
# By a prime, so that each number has its own place in another order.
_APART: Final = """\
CREATE FUNCTION pg_temp.apart(i bigint, n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
RETURN i * 7919 % n"""

_CATALOG: Final = (
    _APART,
    """\
INSERT INTO venues (name, city, capacity, created_at)
SELECT 'Hall ' || i, 'City ' || i % 10, 500, now() FROM generate_series(1, :n) i""",
    """\
INSERT INTO events (venue_id, title, event_type, event_date, base_price_cents, currency, status,
                    organizer_id, version, created_at)
SELECT 1 + pg_temp.apart(i, :n), 'Evening of kind ' || i % 10, 'CONCERT ' || i % 10,
       timestamptz '2031-01-01' + pg_temp.apart(i, :n) * interval '1 hour', 5000, 'INR',
       (ARRAY['ON_SALE', 'SCHEDULED', 'SOLD_OUT', 'ON_SALE', 'CANCELLED'])[1 + i % 5],
       1 + i % 50, 1, now()
FROM generate_series(1, :n) i""",
    """\
INSERT INTO cancellations
SELECT event_id, NULL, now(), now(), 1, now(), 1, 0, 0, 0 FROM events WHERE status = 'CANCELLED'""",
)

_USERS: Final = (
    _AT,
    _APART,
    """\
INSERT INTO users (username, email, password_hash, password_changed_at, first_name, last_name, role,
                   status, created_at, updated_at)
SELECT 'user' || i, 'user' || i || '@example.com', 'x', pg_temp.at(i), 'First' || i % 10,
       'Last' || i,
       CASE WHEN i <= 3 THEN 'ADMIN' WHEN i % 10 = 4 THEN 'EVENT_ORGANIZER' ELSE 'CUSTOMER' END,
       CASE WHEN i % 50 = 9 THEN 'SUSPENDED' ELSE 'ACTIVE' END, pg_temp.at(i), pg_temp.at(i)
FROM generate_series(1, :n) i""",
    """\
INSERT INTO audit_log (happened_at, user_id, actor_id, action, changes)
SELECT pg_temp.at(i), 1 + pg_temp.apart(i, :n), 1 + i % least(:n, 100), 'STATUS_CHANGED', '[]'
FROM generate_series(1, :n) i""",
    """\
INSERT INTO refresh_tokens (token_hash, family_id, user_id, issued_at, expires_at)
SELECT decode(md5(i::text), 'hex'), md5('family' || i)::uuid, i, pg_temp.at(i),
       pg_temp.at(i) + interval '30 days'
FROM generate_series(1, :n) i""",
    """\
INSERT INTO attempts (attempt_key, attempted_at, expires_at)
SELECT decode(md5(i::text), 'hex'), ARRAY[pg_temp.at(i)], pg_temp.at(i) + interval '15 minutes'
FROM generate_series(1, :n) i""",
    """\
INSERT INTO password_resets (token_hash, user_id, expires_at)
SELECT decode(md5(i::text), 'hex'), i, pg_temp.at(i) + interval '1 hour'
FROM generate_series(1, :n) i""",
)

_PAYMENTS: Final = (
    _AT,
    _APART,
    """\
INSERT INTO payments (payment_id, order_id, user_id, event_id, organizer_id, amount_cents, currency,
                      expires_at, verdict, attempts, last_outcome, provider, captured_attempt,
                      captured_cents, refund_claimed_cents, refunded_cents, created_at, updated_at)
SELECT md5('payment' || i)::uuid::text, md5('order' || i)::uuid::text,
       1 + i / 20, 1 + i % greatest(1, :n / 100), 1,
       4200, 'INR', pg_temp.at(i) + interval '15 minutes', 'SUCCESS', 1, 'CAPTURED', 'simulator',
       md5('attempt' || i)::uuid::text, 4200, (i % 10 = 0)::int * 4200, (i % 10 = 0)::int * 4200,
       pg_temp.at(i), pg_temp.at(i)
FROM generate_series(0, :n - 1) i ORDER BY pg_temp.apart(i, :n)""",
    """\
INSERT INTO attempts (attempt_key, payment_id, number, asked_as, provider, token, outcome,
                      started_at, closed_at)
SELECT md5('attempt' || i)::uuid::text, md5('payment' || i)::uuid::text, 1, 'order', 'simulator',
       'tok_ok', 'CAPTURED', pg_temp.at(i), pg_temp.at(i) + interval '1 second'
FROM generate_series(0, :n - 1) i ORDER BY pg_temp.apart(i, :n)""",
    """\
INSERT INTO refunds (refund_id, payment_id, attempt_key, amount_cents, status, created_at,
                     completed_at)
SELECT md5('refund' || i)::uuid::text, md5('payment' || i)::uuid::text,
       md5('attempt' || i)::uuid::text, 4200, 'REFUNDED', pg_temp.at(i),
       pg_temp.at(i) + interval '1 minute'
FROM generate_series(0, :n - 1, 10) i ORDER BY pg_temp.apart(i, :n)""",
    """\
INSERT INTO kept_answers (user_id, operation, key, request_hash, started_at, locked_until, status)
SELECT i, 'charge', 'key', 'x', pg_temp.at(i), pg_temp.at(i), 200
FROM generate_series(0, :n - 1) i""",
    """\
INSERT INTO notices (provider, notice_id, kind, received_at)
SELECT 'stripe', md5('notice' || i), 'payment', pg_temp.at(i) FROM generate_series(0, :n - 1) i""",
    """\
INSERT INTO simulator_charges (key, amount_cents, currency, token, outcome, refunded_cents)
SELECT md5('attempt' || i)::uuid::text, 4200, 'INR', 'tok_ok', 'CAPTURED', 0
FROM generate_series(0, :n - 1) i""",
)

# Waiting while their receiver is away; some are of the same stream.
_OUTBOX: Final = (
    """\
INSERT INTO outbox (kind, payload, attempts, due_at, stream)
SELECT 'event', '{}', 3, timestamptz '2999-01-01', 'event-' || i % 1000
FROM generate_series(1, :n) i""",
)


class Filling(NamedTuple):
    """Statements with `:n`, for a domain's database."""

    domain: str
    statements: tuple[str, ...]


FILLINGS: Final[Mapping[str, Filling]] = {
    "catalog": Filling("catalog", _CATALOG),
    "users": Filling("users", _USERS),
    "payments": Filling("payments", _PAYMENTS),
    "outbox": Filling("catalog", _OUTBOX),
}
