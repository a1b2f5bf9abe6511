"""The two tables, as the domains' stores need them."""

from infra.tests.assembly import Assembly, Json


def tables(assembly: Assembly) -> dict[str, Json]:
    return {
        properties["TableName"].removeprefix(f"boxoffice-{assembly.environment}-"): properties
        for _, _, properties in assembly.resources("AWS::DynamoDB::Table")
    }


def test_only_seating_and_orders_have_a_table(assembly: Assembly) -> None:
    assert tables(assembly).keys() == {"seating", "orders"}


def test_keys_are_two_strings(assembly: Assembly) -> None:
    for table in tables(assembly).values():
        assert table["KeySchema"] == [
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ]
        assert {definition["AttributeType"] for definition in table["AttributeDefinitions"]} == {
            "S"
        }


def test_abandoned_holds_are_swept_up_and_orders_never(assembly: Assembly) -> None:
    found = tables(assembly)
    assert found["seating"]["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert "TimeToLiveSpecification" not in found["orders"]


def test_every_change_is_on_the_stream_with_both_images(assembly: Assembly) -> None:
    for table in tables(assembly).values():
        assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_a_table_can_be_put_back_in_time_but_the_local_one(assembly: Assembly) -> None:
    for table in tables(assembly).values():
        recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert recovery is (assembly.environment != "local")


def test_nobody_deletes_data_by_accident_but_the_local_one(assembly: Assembly) -> None:
    protected = assembly.environment != "local"
    for _, _, table in assembly.resources("AWS::DynamoDB::Table"):
        assert table["DeletionProtectionEnabled"] is protected
    for _, _, cluster in assembly.resources("AWS::RDS::DBCluster"):
        assert cluster["DeletionProtection"] is True


def test_only_production_keeps_its_data_when_a_stack_goes(assembly: Assembly) -> None:
    kept = {
        resource["DeletionPolicy"]
        for template in assembly.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] in {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::RDS::DBCluster"}
    }
    keeps = assembly.environment == "production"
    assert kept == ({"Retain", "Snapshot"} if keeps else {"Delete"})


def test_orders_are_found_by_user_by_event_and_while_open(assembly: Assembly) -> None:
    indexes = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in tables(assembly)["orders"]["GlobalSecondaryIndexes"]
    }
    assert indexes == {
        "byUser": (["GSI1PK", "GSI1SK"], "ALL"),
        "byEvent": (["GSI2PK", "GSI2SK"], "ALL"),
        "open": (["GSI3PK", "GSI3SK"], "KEYS_ONLY"),
    }


def test_seating_pays_for_no_index(assembly: Assembly) -> None:
    assert "GlobalSecondaryIndexes" not in tables(assembly)["seating"]
