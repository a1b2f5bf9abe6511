"""The audit's role may read, and nothing else: the emulator asks nobody for rights."""

from infra.tests.assembly import Assembly, Json, Statement

READS = {"dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem"}
SIGNS_IN = {"rds-db:connect"}


def auditor(assembly: Assembly) -> tuple[str, Json]:
    """Logical id and properties of the role."""
    [found] = [
        (logical_id, role)
        for _, logical_id, role in assembly.resources("AWS::IAM::Role")
        if role.get("RoleName") == f"boxoffice-{assembly.environment}-auditor"
    ]
    return found


def granted(assembly: Assembly) -> list[Statement]:
    logical_id, _ = auditor(assembly)
    return [statement for statement in assembly.grants() if statement.owner == logical_id]


def resources(assembly: Assembly, actions: set[str]) -> set[str]:
    return {
        resource
        for statement in granted(assembly)
        for resource in statement.resources
        if statement.actions == actions
    }


def test_the_auditor_may_only_read(assembly: Assembly) -> None:
    is_local = assembly.environment == "local"
    actions = {action for statement in granted(assembly) for action in statement.actions}
    assert actions == (READS if is_local else READS | SIGNS_IN)


def test_no_other_policy_adds_to_the_auditors_rights(assembly: Assembly) -> None:
    _, role = auditor(assembly)
    assert not {"ManagedPolicyArns", "Policies"} & role.keys()


def test_the_auditor_reads_the_audited_tables_only(assembly: Assembly) -> None:
    table = f"arn:aws:dynamodb:region:account:table/boxoffice-{assembly.environment}"
    expected = {f"{table}-seating", f"{table}-orders", f"{table}-orders/index/byUser"}
    assert resources(assembly, READS) == expected


def test_the_auditor_signs_in_as_the_user_who_may_only_read(assembly: Assembly) -> None:
    users = {resource.rpartition("/")[2] for resource in resources(assembly, SIGNS_IN)}
    assert users == (set() if assembly.environment == "local" else {"auditor"})


def test_only_this_account_may_take_the_auditors_role(assembly: Assembly) -> None:
    _, role = auditor(assembly)
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    principal = assembly.text("audit", statement["Principal"]["AWS"])
    assert principal == "arn:aws:iam::account:root"
