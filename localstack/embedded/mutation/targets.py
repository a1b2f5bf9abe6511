"""Which files are mutated, and which tests have to notice, the likeliest first."""

from typing import Final, NamedTuple


class Target(NamedTuple):
    module: str
    tests: tuple[str, ...]


_SEATING: Final = (
    "functions/seating/tests/condition_table",
    *(
        f"functions/seating/tests/test_{name}.py"
        for name in (
            "time",
            "fairness",
            "seats_at_rest",
            "lost_answers",
            "expiry",
            "availability",
            "reserve_route",
            "reservation_routes",
            "organizer_routes",
            "reading_routes",
            "costs",
            "publishing",
            "put_seat_map",
            # Last: it holds two readings of a rule to each other, and both read the mutant.
            "rules",
        )
    ),
)
_ORDERS: Final = tuple(
    f"functions/orders/tests/test_{name}.py"
    for name in (
        "money",
        "refunded_orders",
        "decisions",
        "store",
        "tasks",
        "placing",
        "cancelling",
        "tickets",
        "reading",
        "reconciling",
        "sweep",
        "races",
    )
)
_PAYMENTS: Final = tuple(
    f"functions/payments/tests/test_{name}.py"
    for name in (
        "domain",
        "stores",
        "payment_store",
        "side_by_side",
        "charging",
        "noticing",
        "verdict",
        "refunds",
        "tasks",
        "charge_api",
        "refund_api",
        "reading",
        "announcements",
        "crash_points",
    )
)

TARGETS: Final = (
    Target("functions/seating/domain.py", _SEATING),
    Target("functions/seating/conditions.py", _SEATING[::-1]),
    Target("functions/seating/rules.py", _SEATING),
    Target("functions/seating/fairness.py", _SEATING),
    Target("functions/seating/store/writes.py", _SEATING),
    Target("functions/orders/domain.py", _ORDERS),
    Target("functions/orders/store.py", _ORDERS),
    Target("functions/payments/domain.py", _PAYMENTS),
    Target("functions/payments/store/payments.py", _PAYMENTS),
    Target("functions/payments/store/attempts.py", _PAYMENTS),
    Target("functions/payments/store/refunds.py", _PAYMENTS),
)
