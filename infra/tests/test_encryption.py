"""What is kept is encrypted, in production with a key of our own; what is sent is, too."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.environments import environment_of
from infra.tests.assembly import Assembly, Json

# Where each kind of resource says what it is encrypted with.
KEPT = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::RDS::DBCluster": ("KmsKeyId",),
}
LOGS_KEPT_DAYS = {"local": 1, "staging": 14, "production": 180}
# All that is asked of a key to keep data with it, and nothing that manages it.
USES = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}


def data_keys(assembly: Assembly) -> dict[str, Json]:
    """By logical id: the key that kept data is encrypted with, if the environment has its own."""
    return {
        logical_id: key
        for _, logical_id, key in assembly.resources("AWS::KMS::Key")
        if key.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    }


def key_of(assembly: Assembly, stack: str, properties: Json, path: tuple[str, ...]) -> str | None:
    found: Any = properties
    for name in path:
        found = found.get(name, {})
    return assembly.text(stack, found) if found else None


def kept(assembly: Assembly) -> Iterator[tuple[str, str, str | None]]:
    """Kind, logical id and key of each resource that keeps something."""
    for kind, path in KEPT.items():
        for stack, logical_id, properties in assembly.resources(kind):
            yield kind, logical_id, key_of(assembly, stack, properties, path)


def test_in_production_all_that_is_kept_is_encrypted_with_our_own_key(
    production: Assembly,
) -> None:
    [key] = data_keys(production)
    assert {kind for kind, _, _ in kept(production)} == set(KEPT)
    for kind, logical_id, used in kept(production):
        assert used == f"{key}.Arn", (kind, logical_id)


@pytest.mark.parametrize("environment", ["local", "staging"])
def test_elsewhere_awss_keys_have_to_do(environment: str, assemblies: dict[str, Assembly]) -> None:
    assembly = assemblies[environment]
    assert data_keys(assembly) == {}
    assert {used for _, _, used in kept(assembly)} == {None}
    for _, logical_id, queue in assembly.resources("AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"] is True, logical_id
    for _, _, cluster in assembly.resources("AWS::RDS::DBCluster"):
        assert cluster["StorageEncrypted"] is True


def test_our_own_key_is_renewed_and_stays(production: Assembly) -> None:
    [(logical_id, key)] = data_keys(production).items()
    assert key["EnableKeyRotation"] is True
    assert production.templates["platform"]["Resources"][logical_id]["DeletionPolicy"] == "Retain"


def test_our_own_key_is_used_through_what_keeps_data_and_by_this_account_only(
    production: Assembly,
) -> None:
    [key] = data_keys(production).values()
    account, *others = key["KeyPolicy"]["Statement"]
    assert production.text("platform", account["Principal"]["AWS"]) == "arn:aws:iam::account:root"
    assert len(others) >= 3
    for statement in others:
        assert set(statement["Action"]) == USES
    by_account, *by_services = others
    conditions = by_account["Condition"]["StringEquals"]
    assert conditions["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    through = {production.text("platform", one) for one in conditions["kms:ViaService"]}
    assert through == {
        f"{service}.region.amazonaws.com"
        for service in ("dynamodb", "secretsmanager", "sns", "sqs")
    }
    for statement in by_services:
        assert statement["Principal"].keys() == {"Service"}
        assert statement["Condition"]


def test_the_right_to_data_is_the_only_way_to_it(production: Assembly) -> None:
    """No function is granted the key: it would decrypt what the function may not read."""
    [key] = data_keys(production)
    for statement in production.grants():
        assert f"{key}.Arn" not in statement.resources, statement.owner


def test_logs_are_kept_as_long_as_the_environment_says(assembly: Assembly) -> None:
    days = LOGS_KEPT_DAYS[assembly.environment]
    assert environment_of({"environment": assembly.environment}).log_retention_days == days
    groups = list(assembly.resources("AWS::Logs::LogGroup"))
    for stack, _, group in groups:
        assert group["RetentionInDays"] == days, assembly.text(stack, group["LogGroupName"])
    kinds = {assembly.text(stack, group["LogGroupName"])[:12] for stack, _, group in groups}
    assert {"/aws/lambda/", "/aws/vendedl", "/aws/apigate", "API-Gateway-"} <= kinds


def refuses_plain_requests(policy: Json) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["Statement"]
    )


@pytest.mark.parametrize(
    ("kind", "policy", "of"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
    ],
)
def test_queues_and_topics_refuse_what_is_not_encrypted(
    kind: str, policy: str, of: str, assembly: Assembly
) -> None:
    refusing = {
        (stack, thing["Ref"])
        for stack, _, properties in assembly.resources(policy)
        for thing in properties[of]
        if refuses_plain_requests(properties["PolicyDocument"])
    }
    everything = {(stack, logical_id) for stack, logical_id, _ in assembly.resources(kind)}
    assert everything
    assert everything == refusing


def test_we_keep_no_bucket_of_our_own(assembly: Assembly) -> None:
    """One would have to refuse what is not encrypted, like queues and topics."""
    assert list(assembly.resources("AWS::S3::Bucket")) == []


def test_the_api_speaks_no_tls_older_than_1_2(assembly: Assembly) -> None:
    [(_, _, api)] = assembly.resources("AWS::ApiGateway::RestApi")
    assert api["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2_")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_postgres_lets_nobody_in_unencrypted(
    environment: str, assemblies: dict[str, Assembly]
) -> None:
    assembly = assemblies[environment]
    [(_, _, cluster)] = assembly.resources("AWS::RDS::DBCluster")
    groups = {
        logical_id: group["Parameters"]
        for _, logical_id, group in assembly.resources("AWS::RDS::DBClusterParameterGroup")
    }
    assert groups[cluster["DBClusterParameterGroupName"]["Ref"]]["rds.force_ssl"] == "1"
    for _, _, proxy in assembly.resources("AWS::RDS::DBProxy"):
        assert proxy["RequireTLS"] is True


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_postgres_logs_no_row(environment: str, assemblies: dict[str, Assembly]) -> None:
    [(_, _, group)] = assemblies[environment].resources("AWS::RDS::DBClusterParameterGroup")
    assert group["Parameters"]["log_error_verbosity"] == "terse"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_password_of_the_databases_owner_is_renewed_by_rds(
    environment: str, assemblies: dict[str, Assembly]
) -> None:
    [(_, _, cluster)] = assemblies[environment].resources("AWS::RDS::DBCluster")
    assert cluster["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in cluster


def test_the_seeds_of_ticket_codes_are_renewed_where_there_is_time_for_it(
    assembly: Assembly,
) -> None:
    schedules = [
        assembly.text(stack, schedule["RotationLambdaARN"])
        for stack, _, schedule in assembly.resources("AWS::SecretsManager::RotationSchedule")
        if schedule["RotationRules"] == {"ScheduleExpression": "rate(90 days)"}
    ]
    rotation = f"boxoffice-{assembly.environment}-orders-rotation.Arn"
    assert schedules == ([] if assembly.environment == "local" else [rotation])
