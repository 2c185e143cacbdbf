"""A mail before the bill is a surprise."""

from aws_cdk import aws_budgets as budgets
from constructs import Construct

SPENT_PERCENT = 80
FORECAST_PERCENT = 100


class MonthlyBudget(Construct):
    """Of the whole account: what belongs to a stage is known to Budgets only where its tags are activated."""

    def __init__(self, scope: Construct, construct_id: str, *, dollars: int, tell: str) -> None:
        super().__init__(scope, construct_id)
        reader = budgets.CfnBudget.SubscriberProperty(address=tell, subscription_type="EMAIL")
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=dollars, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[reader],
                )
                for kind, percent in (("ACTUAL", SPENT_PERCENT), ("FORECASTED", FORECAST_PERCENT))
            ],
        )
