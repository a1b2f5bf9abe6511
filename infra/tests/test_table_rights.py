"""What functions may do to tables: what their rights say, to their own, and often to part of it."""

import pytest

from infra.table_rights import TABLE_RIGHTS
from infra.tests.assembly import Assembly, Statement
from infra.tests.grants import READING_STREAMS, granted, of, resources_of
from infra.tests.reach import reach
from infra.tests.test_functions import FUNCTIONS

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
