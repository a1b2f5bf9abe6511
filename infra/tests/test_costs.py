"""Somebody is told before an environment costs more than it may, and what of it costs."""

import pytest

from infra.tests.assembly import Assembly, Json

# Kinds that a bill is mostly made of.
DEAR = {
    "AWS::Lambda::Function",
    "AWS::DynamoDB::Table",
    "AWS::StepFunctions::StateMachine",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::CloudFront::Distribution",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
}


@pytest.fixture(params=["staging", "production"])
def on_aws(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def budget(assembly: Assembly) -> Json:
    [(_, _, found)] = assembly.resources("AWS::Budgets::Budget")
    return found


def test_nobody_pays_for_the_local_stack(local: Assembly) -> None:
    assert not list(local.resources("AWS::Budgets::Budget"))


def test_a_budget_is_a_months_and_of_its_own_environment(on_aws: Assembly) -> None:
    limits = {"staging": 20, "production": 1_000}
    told = budget(on_aws)["Budget"]
    assert (told["BudgetType"], told["TimeUnit"]) == ("COST", "MONTHLY")
    assert told["BudgetLimit"] == {"Amount": limits[on_aws.environment], "Unit": "USD"}
    assert told["CostFilters"] == {"TagKeyValue": [f"user:environment${on_aws.environment}"]}


def test_whoever_pays_is_told_before_during_and_after(on_aws: Assembly) -> None:
    [(stack, topic, _)] = [
        found for found in on_aws.resources("AWS::SNS::Topic") if found[0] == "costs"
    ]
    told = set()
    for notice in budget(on_aws)["NotificationsWithSubscribers"]:
        [subscriber] = notice["Subscribers"]
        assert subscriber == {"SubscriptionType": "SNS", "Address": {"Ref": topic}}
        when = notice["Notification"]
        assert (when["ComparisonOperator"], when["ThresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        told.add((when["NotificationType"], when["Threshold"]))
    assert told == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    assert stack == "costs"


def test_budgets_may_write_to_the_topic_and_nobody_else_may(on_aws: Assembly) -> None:
    [policy] = [
        policy for stack, _, policy in on_aws.resources("AWS::SNS::TopicPolicy") if stack == "costs"
    ]
    [let_in] = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert let_in["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert let_in["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_budgets_may_use_the_key_that_the_topic_is_encrypted_with(production: Assembly) -> None:
    writing = [
        str(statement["Principal"])
        for _, _, key in production.resources("AWS::KMS::Key")
        for statement in key["KeyPolicy"]["Statement"]
        if "kms:GenerateDataKey" in statement["Action"]
    ]
    assert any("'budgets.amazonaws.com'" in principals for principals in writing)


def test_whatever_costs_says_of_which_environment_and_part_it_is(assembly: Assembly) -> None:
    seen = set()
    for stack, template in assembly.templates.items():
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] not in DEAR:
                continue
            seen.add(resource["Type"])
            tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            wanted = {"application": "boxoffice", "environment": assembly.environment}
            assert tags.items() >= {**wanted, "part": stack}.items(), logical_id
    if assembly.environment == "production":
        assert seen == DEAR
