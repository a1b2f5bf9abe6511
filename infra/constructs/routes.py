"""Which domain answers which path.

Methods are the functions' own affair: a function answers a method it does not know with 405 and
what it allows, and a browser's preflight with its CORS headers.
"""

from typing import Final

STAGE: Final = "live"

OPERATIONS: Final = ("/health", "/openapi.json", "/docs")

# What payment providers call, answered by `payments-webhooks`.
WEBHOOKS: Final = ("/v1/payments/webhook/{provider}",)

# Domain -> the paths its API answers, in API Gateway's spelling.
DOMAINS: Final[dict[str, tuple[str, ...]]] = {
    "users": (
        "/v1/users",
        "/v1/users/{proxy+}",
        # By themselves, for each has a limit of its own (limits.py).
        "/v1/users/login",
        "/v1/users/register",
        "/v1/users/password/{proxy+}",
        "/.well-known/jwks.json",
        "/health/users",
    ),
    "catalog": (
        "/v1/venues",
        "/v1/venues/{proxy+}",
        "/v1/events",
        "/v1/events/{eventId}",
        "/v1/events/{eventId}/{proxy+}",
        "/health/catalog",
    ),
    "seating": (
        "/v1/events/{eventId}/seats",
        "/v1/seats",
        "/v1/seats/{proxy+}",
        "/v1/seats/reserve",
        "/health/seating",
    ),
    "orders": (
        # The box office's one call for holding and selling is an order.
        "/v1/seats/allocate",
        "/v1/orders",
        "/v1/orders/{proxy+}",
        "/v1/tickets",
        "/v1/tickets/{proxy+}",
        "/health/orders",
    ),
    "payments": (
        "/v1/charge",
        "/v1/refund",
        "/v1/payments",
        "/v1/payments/{proxy+}",
        "/health/payments",
    ),
}
