"""Least privilege. The emulator asks nobody for rights, so only these tests see one too few."""

from collections import defaultdict

import pytest

from infra.table_rights import TABLE_RIGHTS
from infra.tests.assembly import Assembly, Statement
from infra.tests.reach import reach
from infra.tests.test_functions import BY_CARD_PROVIDER, FUNCTIONS, WITHOUT_DATABASE

PRODUCTION = FUNCTIONS | BY_CARD_PROVIDER["production"]

# What AWS itself knows no narrower resource for, and why.
_TRACES = "A trace is of no resource; X-Ray has none that could be named."
_STREAMS = "Who may see which streams there are sees all of them; reading one is granted by itself."
_DELIVERIES = "Step Functions makes and lists its log deliveries, which have no names."
_NETWORK = "Lambda makes network interfaces before they have names; the functions may not."
EVERYWHERE = {
    "xray:PutTraceSegments": _TRACES,
    "xray:PutTelemetryRecords": _TRACES,
    "xray:GetSamplingRules": _TRACES,
    "xray:GetSamplingTargets": _TRACES,
    "dynamodb:ListStreams": _STREAMS,
    "logs:CreateLogDelivery": _DELIVERIES,
    "logs:GetLogDelivery": _DELIVERIES,
    "logs:UpdateLogDelivery": _DELIVERIES,
    "logs:DeleteLogDelivery": _DELIVERIES,
    "logs:ListLogDeliveries": _DELIVERIES,
    "logs:PutResourcePolicy": _DELIVERIES,
    "logs:DescribeResourcePolicies": _DELIVERIES,
    "logs:DescribeLogGroups": _DELIVERIES,
    "ec2:CreateNetworkInterface": _NETWORK,
    "ec2:DescribeNetworkInterfaces": _NETWORK,
    "ec2:DescribeSubnets": _NETWORK,
    "ec2:DeleteNetworkInterface": _NETWORK,
    "ec2:AssignPrivateIpAddresses": _NETWORK,
    "ec2:UnassignPrivateIpAddresses": _NETWORK,
}

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

# A client's methods, and the rights AWS asks for: a transaction needs those of its parts.
METHODS = {
    "get_item": {"GetItem"},
    "batch_get_item": {"BatchGetItem"},
    "query": {"Query"},
    "scan": {"Scan"},
    "put_item": {"PutItem"},
    "update_item": {"UpdateItem"},
    "delete_item": {"DeleteItem"},
    "batch_write_item": {"BatchWriteItem"},
    "transact_write_items": {"PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"},
    "transact_get_items": {"GetItem"},
    "describe_table": {"DescribeTable"},
}
# Lambda itself reads a stream, in the function's name.
READING_STREAMS = {
    f"dynamodb:{action}"
    for action in ("ListStreams", "DescribeStream", "GetRecords", "GetShardIterator")
}


def granted(assembly: Assembly) -> dict[str, dict[str, set[str]]]:
    """Owner -> action -> resources, owners and resources without the environment's prefix."""
    prefix = f"boxoffice-{assembly.environment}-"
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement in assembly.grants():
        owner = statement.owner.removeprefix(prefix)
        for action in statement.actions:
            found[owner][action] |= {one.replace(prefix, "") for one in statement.resources}
    return found


def resources_of(assembly: Assembly, service: str) -> dict[str, set[str]]:
    """What each owner may use of a service."""
    return {
        owner: set().union(*(found for action, found in actions.items() if of(action) == service))
        for owner, actions in granted(assembly).items()
        if any(of(action) == service for action in actions)
    }


def of(action: str) -> str:
    return action.partition(":")[0]


def arn(service: str, thing: str) -> str:
    return f"arn:aws:{service}:region:account:{thing}"


def test_a_functions_grants_are_its_own_tables_only(assembly: Assembly) -> None:
    owners = {
        owner: resources
        for owner, resources in resources_of(assembly, "dynamodb").items()
        if owner in FUNCTIONS
    }
    assert {owner.partition("-")[0] for owner in owners} == {"seating", "orders"}
    for owner, resources in owners.items():
        table = owner.partition("-")[0]
        indexes = {f"{table}.Arn/index/{name}" for name in ("byUser", "byEvent", "open")}
        own = {f"{table}.Arn", f"{table}.StreamArn"} | (indexes if table == "orders" else set())
        assert resources - {"*"} <= own, owner


def test_nobody_may_do_everything_with_anything(assembly: Assembly) -> None:
    for statement in assembly.grants():
        for action in statement.actions:
            assert "*" not in action, statement.owner
            assert "*" not in statement.resources or action in EVERYWHERE, statement


def test_no_reason_is_kept_for_what_nobody_is_granted(production: Assembly) -> None:
    anywhere = {
        action
        for statement in production.grants()
        for action in statement.actions
        if "*" in statement.resources
    }
    assert anywhere == set(EVERYWHERE)


def test_what_lambda_does_to_networks_no_function_may_do_itself(production: Assembly) -> None:
    names = {properties["FunctionName"] for properties in production.functions().values()}
    joining = {
        statement.owner
        for statement in production.grants()
        if "ec2:CreateNetworkInterface" in statement.actions and statement.owner in names
    }
    denied = {
        production.text(stack, statement["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"])
        for stack, _, policy in production.resources("AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and "ec2:CreateNetworkInterface" in statement["Action"]
    }
    assert joining
    assert denied == {arn("lambda", f"function:{name}") for name in joining}


def test_domains_meet_only_in_each_others_tasks(assembly: Assembly) -> None:
    calls = {
        owner: {resource.removeprefix(arn("lambda", "function:")) for resource in resources}
        for owner, resources in resources_of(assembly, "lambda").items()
    }
    assert calls == {
        "users-api": {"users-tasks"},
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
    if "payments-simulator" in assembly.functions():
        assert known.pop("simulator") == webhooks
    if "payments-provider" in assembly.functions():
        assert not known["provider"] & (tickets | webhooks)
        assert len(known.pop("provider")) == 1
    assert known == {}


def test_who_sends_to_which_queue(assembly: Assembly) -> None:
    """Beside what Lambda itself sends to queues of failures."""
    sending = {
        owner: {resource.removesuffix(".Arn") for resource in resources["sqs:SendMessage"]}
        for owner, resources in granted(assembly).items()
        if owner.startswith("payments") and "sqs:SendMessage" in resources
    }
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
    rights = {of(action) for action in granted(production)[name] if action not in READING_STREAMS}
    # Lambda itself writes logs and traces, parks what failed, and joins the database's network, in
    # the function's name; that a database is signed in to is seen above.
    assert rights - {"logs", "xray", "sqs", "ec2", "rds-db"} == used


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_to_its_table_nothing_that_no_code_of_its_does(
    name: str, local: Assembly
) -> None:
    """What it must be able to do is seen by each test of a handler (shared/tests/rights.py)."""
    code = reach(FUNCTIONS[name])
    called = code.methods() & METHODS.keys() if "dynamodb" in code.calls_of("aws") else set()
    needed = {f"dynamodb:{action}" for method in called for action in METHODS[method]}
    rights = {action for action in granted(local)[name] if of(action) == "dynamodb"}
    assert rights - READING_STREAMS <= needed
    assert bool(rights - READING_STREAMS) == bool(needed)


def on_items(assembly: Assembly, name: str) -> list[Statement]:
    """The grants of what a function does to items by their keys."""
    return [
        statement
        for statement in assembly.grants()
        if statement.owner == f"boxoffice-{assembly.environment}-{name}"
        and "dynamodb:GetItem" in statement.actions
    ]


@pytest.mark.parametrize("name", TABLE_RIGHTS)
def test_a_function_is_granted_what_its_rights_say_and_nothing_beside(
    name: str, assembly: Assembly
) -> None:
    rights, domain = TABLE_RIGHTS[name], name.partition("-")[0]
    [items] = on_items(assembly, name)
    assert items.actions == set(rights.actions)
    assert items.resources == {f"boxoffice-{assembly.environment}-{domain}.Arn"}
    wanted = {"dynamodb:LeadingKeys": [f"{prefix}*" for prefix in rights.partitions]}
    assert items.conditions == ({"ForAllValues:StringLike": wanted} if rights.partitions else {})
    found = granted(assembly)[name]
    assert found["dynamodb:Query"] >= {f"{domain}.Arn/index/{index}" for index in rights.indexes}
    assert bool(found.get("dynamodb:Scan")) is rights.scans


def test_some_functions_touch_some_of_a_table_only(assembly: Assembly) -> None:
    assert [name for name in TABLE_RIGHTS if on_items(assembly, name)[0].conditions] == [
        "seating-streams",
        "seating-events",
        "orders-api",
        "orders-tasks",
        "orders-reconciler",
    ]
