"""What an environment may cost a month, and who is told before it costs more."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.environments import Environment

_Budget = budgets.CfnBudget
# Of the budget, in per cent: what was spent, and what AWS expects the month to come to.
NOTICES: Final = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


class CostsStack(Stack):
    """Whoever pays subscribes to the topic `boxoffice-<environment>-costs`.

    It counts what carries the environment's tag, so the account has to know `environment` as a
    cost allocation tag (docs/operations.md). Nothing is stopped: sales are worth more than that.
    """

    def __init__(self, scope: Construct, environment: Environment, *, budget_usd: int) -> None:
        super().__init__(scope, environment.names.stack("costs"))
        prefix = environment.names.prefix
        topic = sns.Topic(self, "Topic", topic_name=f"{prefix}-costs", enforce_ssl=True)
        encrypt(topic, environment)
        topic.grant_publish(
            iam.ServicePrincipal(
                "budgets.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        budget = _Budget(
            self,
            "Budget",
            budget=_Budget.BudgetDataProperty(
                budget_name=prefix,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=_Budget.SpendProperty(amount=budget_usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:environment${environment.name}"]},
            ),
            notifications_with_subscribers=[
                _Budget.NotificationWithSubscribersProperty(
                    notification=_Budget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        _Budget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)
                    ],
                )
                for kind, percent in NOTICES
            ],
        )
        # AWS tries the topic when the budget is made.
        budget.node.add_dependency(topic)
