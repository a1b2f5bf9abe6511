"""What a person on call looks at, and what calls them."""

from typing import Final

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.alarms import (
    Alarms,
    counted,
    given_up,
    greatest,
    metric,
    of_function,
    queue_depth,
    share_failed,
)
from infra.constructs.arns import state_machine_arn
from infra.constructs.dashboard import Dashboard
from infra.constructs.routes import DOMAINS, STAGE
from infra.definitions import defined_machines
from infra.environments import EVERY_MINUTE, SQL_DOMAINS, Environment

# Of a function's requests. A release begins with a tenth of them, of which a fifth is enough.
FAILING: Final = 0.02
# What a call of a domain's API may take.
USUALLY_SLOW_SECONDS: Final = 3
# Whoever orders may ask for up to 20 seconds to be waited for the order's end (`Prefer: wait=20`).
SLOW_SECONDS: Final = {"orders": 23}


class ObservabilityStack(Stack):
    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.names.stack("observability"))
        names = environment.names
        alarms = Alarms(self, "Alarms", environment=environment)
        machines = {
            name: state_machine_arn(self, names.state_machine(name)) for name in defined_machines()
        }

        alarms.ring(
            "audit-violations",
            "A promise is broken: the audit's log says which, and of what.",
            greatest("audit", "audit_violations"),
            until_it_is_over=True,
        )
        alarms.miss(
            "audit-overdue",
            "Nobody has audited what is stored for longer than it should take.",
            counted("audit", "audits_total"),
            hours=environment.audit_overdue_hours,
        )
        alarms.ring(
            "parked-bookings",
            "A booking could not go on by itself; its state is in the queue.",
            queue_depth(names.parked_bookings),
        )
        alarms.ring(
            "bookings-parked",
            "A saga says that it had to park a booking.",
            counted("orders", "bookings_parked"),
        )
        alarms.ring(
            "refunds-parked",
            "A saga says that it had to park a refund: somebody waits for money.",
            counted("orders", "refunds_parked"),
        )
        alarms.ring(
            "orders-contradictory",
            "An order, its payment and its seats contradict each other; the log says how.",
            counted("orders", "orders_contradictory_total"),
        )
        alarms.ring(
            "orders-open-too-long",
            "An order should have been decided a quarter of an hour ago and is not, for 5 minutes.",
            greatest("orders", "oldest_open_order_seconds"),
            above=900,
            minutes=5,
        )
        alarms.ring(
            "event-cancellation-open-too-long",
            "The orders of a cancelled event are not all refunded or void after two hours.",
            greatest("catalog", "oldest_event_cancellation_seconds"),
            above=7_200,
            minutes=5,
        )
        alarms.ring(
            "payments-failing",
            "More than twenty payments a minute were declined, for five minutes: fraud, perhaps.",
            counted("payments", "payments_failed_total", reason="declined"),
            above=20,
            minutes=5,
        )
        alarms.ring(
            "payment-provider-away",
            "The payment provider failed five times in ten seconds; customers can't pay.",
            counted("payments", "payment_provider_open"),
        )
        alarms.ring(
            "payments-contradictory",
            "A provider took other money than was due; the log says what, the verdict is not made.",
            counted("payments", "payments_contradictory_total"),
        )
        alarms.ring(
            "payments-disputed",
            "A card's holder has the bank take the money back; the tickets are still good.",
            counted("payments", "payments_disputed_total"),
        )
        alarms.ring(
            "refunds-waiting",
            "A refund has waited for its provider for more than an hour, for five minutes.",
            greatest("payments", "oldest_pending_refund_seconds"),
            above=3_600,
            minutes=5,
        )
        alarms.ring(
            "refunds-failed",
            "A provider could not pay a refund out; somebody has to find another way to pay it.",
            counted("payments", "payments_refunds_failed_total"),
        )
        alarms.ring(
            "logins-failing",
            "More than a hundred logins a minute failed, for five minutes: passwords are guessed.",
            counted("users", "user_logins_total", outcome="failure"),
            above=100,
            minutes=5,
        )
        alarms.ring(
            "reservations-refused",
            "More than ten reservations a minute met a table that was too busy, for three minutes.",
            counted("seating", "seat_reservations_failed", reason="service-unavailable"),
            above=10,
            minutes=3,
        )
        for machine, arn in machines.items():
            for metric_name in ("ExecutionsFailed", "ExecutionsTimedOut"):
                alarms.ring(
                    f"{machine}-{metric_name.removeprefix('Executions').lower()}",
                    f"A {machine} ended without an end of its own.",
                    metric("AWS/States", metric_name, {"StateMachineArn": arn}),
                )

        failures = (
            ("seating", "streams"),
            ("seating", "events"),
            ("orders", "streams"),
            ("payments", "notices"),
            *((("payments", "simulator"),) if environment.card_provider == "simulator" else ()),
        )
        for domain, role in failures:
            alarms.ring(
                f"{domain}-{role}-failures",
                f"{domain}-{role} gave something up; it waits in the queue of failures.",
                queue_depth(names.failures(domain, role)),
            )
        # What is done again at the next turn: its queue keeps the evidence for two weeks, and tells
        # nothing of whether all is well again.
        each_minute = environment.sweeps == EVERY_MINUTE
        turns = {
            ("orders", "reconciler"): True,
            **{(domain, "tasks"): each_minute for domain in SQL_DOMAINS},
            ("audit", "tasks"): False,
        }
        for (domain, role), is_each_minute in turns.items():
            often = 2 if is_each_minute else 0
            alarms.ring(
                f"{domain}-{role}-failures",
                f"More than {often} turns of {domain}-{role} were given up within five minutes.",
                given_up(names.failures(domain, role)),
                above=often,
            )
        for domain in ("seating", "orders"):
            alarms.ring(
                f"{domain}-streams-late",
                f"{domain} is more than a minute behind its own stream.",
                of_function("IteratorAge", names.function(domain, "streams"), "Maximum"),
                above=60_000,
                minutes=5,
            )

        others = (("payments", "webhooks"), ("docs", "api"))
        for domain, role in others:
            alarms.ring(
                f"{domain}-{role}-crashes",
                f"{domain}-{role} catches every error, so a failed call means it crashed or hung.",
                metric("AWS/Lambda", "Errors", {"FunctionName": names.function(domain, role)}),
            )
        alarms.ring(
            "ticket-seeds-not-renewed",
            "Ticket codes are signed with an older seed than they should be; all stay good.",
            of_function("Errors", names.function("orders", "rotation")),
        )
        for domain in DOMAINS:
            api = names.function(domain, "api")
            alarms.ring(
                f"{domain}-api-crashes",
                f"{domain}-api catches every error, so a failed call means it crashed or hung.",
                of_function("Errors", api),
            )
            seconds = SLOW_SECONDS.get(domain, USUALLY_SLOW_SECONDS)
            alarms.ring(
                f"{domain}-api-slow",
                f"One call in a hundred of {domain}-api took more than {seconds} seconds,"
                " for five minutes.",
                of_function("Duration", api, "p99"),
                above=1_000 * seconds,
                minutes=5,
            )
        if environment.releases is not None:
            for domain, role in (*((domain, "api") for domain in DOMAINS), *others):
                alarms.ring(
                    f"{domain}-{role}-failing",
                    f"More than one request in fifty of {domain}-{role}, for three minutes, was"
                    " answered with an error.",
                    share_failed(domain, role),
                    above=FAILING,
                    minutes=3,
                )
        alarms.ring(
            "api-5xx",
            "More than one request in a hundred, for three minutes, was answered with an error.",
            metric("AWS/ApiGateway", "5XXError", {"ApiName": names.api, "Stage": STAGE}, "Average"),
            above=0.01,
            minutes=3,
        )
        Dashboard(
            self,
            "Dashboard",
            environment=environment,
            machines=machines,
            queues=[
                names.parked_bookings,
                *(names.failures(*whose) for whose in (*failures, *turns)),
            ],
            alarms=alarms.rung,
        )
