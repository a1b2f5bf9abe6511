"""Least privilege. The emulator asks nobody for rights, so only these tests see one too few."""

import pytest

from infra.tests.assembly import Assembly
from infra.tests.grants import READING_STREAMS, arn, granted, of, resources_of
from infra.tests.reach import reach
from infra.tests.test_functions import BY_ENVIRONMENT, FUNCTIONS, WITHOUT_DATABASE

PRODUCTION = FUNCTIONS | BY_ENVIRONMENT["production"]

# The clients our code makes (`aws.kms()`), and the services whose rights they need.
SERVICES = {
    "dynamodb": "dynamodb",
    "eventbridge": "events",
    "functions": "lambda",
    "kms": "kms",
    "mail": "ses",
    "queues": "sqs",
    "secrets": "secretsmanager",
    "step_functions": "states",
}


def test_domains_meet_only_in_each_others_tasks(assembly: Assembly) -> None:
    calls = {
        owner: {resource.removeprefix(arn("lambda", "function:")) for resource in resources}
        for owner, resources in resources_of(assembly, "lambda").items()
    }
    assert calls == {
        "users-api": {
            "users-tasks",
            "orders-tasks",
            "payments-tasks",
            "seating-tasks",
            "catalog-tasks",
        },
        "users-tasks": {"users-mailer"},
        "catalog-api": {"seating-tasks"},
        "seating-api": {"catalog-tasks"},
        "orders-api": {"seating-tasks", "catalog-tasks", "payments-tasks"},
        "orders-tasks": {"payments-tasks"},
        **(
            {"payments-simulator": {"payments-webhooks"}}
            if "payments-simulator" in assembly.functions()
            else {name: {"payments-provider"} for name in ("payments-tasks", "payments-notices")}
        ),
        "orders-reconciler": {"seating-tasks", "payments-tasks"},
        "payments-api": {"orders-tasks"}
        | ({"payments-provider"} if "payments-provider" in assembly.functions() else set()),
        "booking": {"seating-tasks", "orders-tasks", "payments-tasks"},
        "refund": {"seating-tasks", "orders-tasks", "payments-tasks"},
        "event_cancellation": {"seating-tasks", "orders-tasks", "catalog-tasks"},
    }


def test_only_users_signs_tokens_and_every_api_verifies_them(assembly: Assembly) -> None:
    keys = {
        owner: {action for action in actions if of(action) == "kms"}
        for owner, actions in granted(assembly).items()
    }
    assert {owner: actions for owner, actions in keys.items() if actions} == {
        "users-api": {"kms:GetPublicKey", "kms:Sign"},
        **{
            f"{domain}-api": {"kms:GetPublicKey"}
            for domain in ("catalog", "seating", "orders", "payments")
        },
    }


def test_a_token_key_is_whichever_its_aliases_stand_for(assembly: Assembly) -> None:
    aliases = [
        f"alias/boxoffice-{assembly.environment}-token-{place}"
        for place in ("next", "current", "previous")
    ]
    for statement in assembly.grants():
        if statement.actions & {"kms:Sign", "kms:GetPublicKey"}:
            assert statement.resources == {"arn:aws:kms:region:account:key/*"}
            assert statement.conditions == {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases}
            }


def test_only_the_mailer_sends_mail_and_as_one_sender_only(assembly: Assembly) -> None:
    sending = [
        (statement.owner.removeprefix(f"boxoffice-{assembly.environment}-"), statement.conditions)
        for statement in assembly.grants()
        if any(of(action) == "ses" for action in statement.actions)
    ]
    sender = {"StringEquals": {"ses:FromAddress": "no-reply@boxoffice.example"}}
    assert sending == [("users-mailer", sender)]
    assert [*granted(assembly)["users-mailer"]["ses:SendEmail"]] != ["*"]


def test_each_secret_is_known_to_whoever_needs_it_and_nobody_else(assembly: Assembly) -> None:
    known = {
        owner.removeprefix("payments-"): {resource.partition(".")[0] for resource in resources}
        for owner, resources in resources_of(assembly, "secretsmanager").items()
    }
    tickets, webhooks = known.pop("orders-api"), known.pop("webhooks")
    assert len(tickets) == len(webhooks) == 1
    assert known.pop("orders-rotation") == tickets
    assert tickets != webhooks
    if "databases-migrator" in assembly.functions():
        assert len(known.pop("databases-migrator")) == 1
    if "payments-simulator" in assembly.functions():
        assert known.pop("simulator") == webhooks
    if "payments-provider" in assembly.functions():
        assert not known["provider"] & (tickets | webhooks)
        assert len(known.pop("provider")) == 1
    assert known == {}


def test_who_sends_to_which_queue(assembly: Assembly) -> None:
    """Beside what Lambda itself sends to queues of failures."""
    queues = {
        owner: {
            resource.removesuffix(".Arn")
            for resource in resources["sqs:SendMessage"]
            if not resource.endswith("-failures.Arn")
        }
        for owner, resources in granted(assembly).items()
        if owner.startswith("payments") and "sqs:SendMessage" in resources
    }
    sending = {owner: sent for owner, sent in queues.items() if sent}
    late = {"payments-simulator"} if "payments-simulator" in assembly.functions() else set()
    charging = {"payments-api": late, "payments-tasks": late} if late else {}
    assert sending == {"payments-webhooks": {"payments-notices"}, **charging}


def test_who_starts_a_saga_and_who_answers_it(assembly: Assembly) -> None:
    booking, refund = (arn("states", f"stateMachine:{name}") for name in ("booking", "refund"))
    states = {
        (owner, action): resources
        for owner, actions in granted(assembly).items()
        for action, resources in actions.items()
        if of(action) == "states"
    }
    cancellation = arn("states", "stateMachine:event_cancellation")
    cancellations = arn("states", "execution:event_cancellation:*")
    runs, bookings = (arn("states", f"execution:{name}:*") for name in ("refund", "booking"))
    assert states == {
        ("orders-api", "states:StartExecution"): {booking, refund},
        ("orders-api", "states:DescribeExecution"): {runs},
        ("payments-api", "states:StartExecution"): {refund},
        ("payments-api", "states:DescribeExecution"): {runs},
        **{
            (f"catalog-{role}", action): {on}
            for role in ("api", "tasks")
            for action, on in (
                ("states:StartExecution", cancellation),
                ("states:DescribeExecution", cancellations),
            )
        },
        ("orders-tasks", "states:StartExecution"): {refund},
        ("orders-tasks", "states:DescribeExecution"): {runs},
        ("orders-reconciler", "states:DescribeExecution"): {bookings, runs},
        ("orders-reconciler", "states:StopExecution"): {bookings, runs},
        **{
            (owner, action): {booking}
            for owner in ("payments-api", "payments-tasks", "payments-notices")
            for action in ("states:SendTaskSuccess", "states:SendTaskFailure")
        },
    }


def test_only_the_sagas_park_bookings(assembly: Assembly) -> None:
    parking = {
        owner
        for owner, resources in resources_of(assembly, "sqs").items()
        if "parked-bookings.Arn" in resources
    }
    assert parking == {"booking", "refund"}


def test_whoever_uses_a_database_may_sign_in_to_its_own_only(assembly: Assembly) -> None:
    signing_in = {
        owner: resources
        for owner, resources in resources_of(assembly, "rds-db").items()
        if owner in FUNCTIONS
    }
    of_sql = {
        name for name in FUNCTIONS if name.partition("-")[0] in {"users", "catalog", "payments"}
    }
    sql = of_sql - WITHOUT_DATABASE
    assert signing_in.keys() == (set() if assembly.environment == "local" else sql)
    for owner, [resource] in signing_in.items():
        assert resource.rpartition("/")[2] == owner.partition("-")[0]


@pytest.mark.parametrize("name", PRODUCTION)
def test_a_function_has_rights_to_what_its_code_uses_and_to_nothing_else(
    name: str, production: Assembly
) -> None:
    used = {SERVICES[client] for client in reach(PRODUCTION[name]).calls_of("aws")} - {"sqs"}
    if name == "audit-tasks":
        # What it reads, it reads as somebody else (test_audit.py).
        used = {"sts"}
    rights = {of(action) for action in granted(production)[name] if action not in READING_STREAMS}
    # Lambda itself writes logs and traces, parks what failed, and joins the database's network, in
    # the function's name; that a database is signed in to is seen above.
    assert rights - {"logs", "xray", "sqs", "ec2", "rds-db"} == used
