from collections.abc import Callable

import pytest

from tests.ops.account import HASH, Account
from tests.ops.conftest import Ops


def alarm_in(account: Account) -> None:
    account.aws["cloudwatch"].put_metric_alarm(
        AlarmName="tidings-prod-DeliveriesLate",
        AlarmDescription="One delivery in ten comes late",
        AlarmActions=[account.client("sns").create_topic(Name="alarms")["TopicArn"]],
        MetricName="x",
        Namespace="y",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def raise_alarm(account: Account) -> None:
    account.aws["cloudwatch"].set_alarm_state(
        AlarmName="tidings-prod-DeliveriesLate", StateValue="ALARM", StateReason="because"
    )


def turn_off_ttl(account: Account) -> None:
    account.aws["dynamodb"].update_time_to_live(
        TableName=account.stage.tables["Events"],
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
    )


def disable_rule(account: Account) -> None:
    account.aws["events"].disable_rule(Name=f"tidings-prod-BusPublish{HASH}", EventBusName="tidings-prod")


def forget_role(account: Account) -> None:
    account.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]
    )


def lower_quota(account: Account) -> None:
    account.requests_per_second = 2_500


def new_account(account: Account) -> None:
    account.concurrency = 10


def leave_tail(account: Account) -> None:
    account.aws["sqs"].create_queue(QueueName="tidings-prod-ops-tail-12345678")


def fail_delivery(account: Account) -> None:
    account.put("DeliveryFailed", {"kind": "welcome"})


def test_a_stage_that_is_well_is_told_so(account: Account, ops: Ops) -> None:
    alarm_in(account)
    status, said = ops("doctor")

    assert status == 0, said
    assert "wrong" not in said
    assert "caution" not in said


@pytest.mark.parametrize(
    ("broken", "status", "found", "do"),
    [
        (fail_delivery, 1, "1 message in DeliveryFailed", "python -m ops redrive delivery"),
        (turn_off_ttl, 1, "table Events forgets nothing", "aws dynamodb update-time-to-live"),
        (disable_rule, 1, f"rule tidings-prod-BusPublish{HASH} is disabled", "drain --undo"),
        (forget_role, 1, "no role to log with", "account_logging_role=true"),
        (lower_quota, 1, "posts_per_second is 5,000 and the account has 2,500", "L-8A5B8E43"),
        (new_account, 0, "the account has 10 concurrent runs", "ask for 1,000"),
        (raise_alarm, 1, "alarm tidings-prod-DeliveriesLate: One delivery", "because"),
        (leave_tail, 0, "a `tail` runs, or was killed", "aws sqs delete-queue"),
    ],
)
def test_a_stage_that_is_not_is_told_what_and_what_to_do(
    account: Account, ops: Ops, broken: Callable[[Account], None], status: int, found: str, do: str
) -> None:
    alarm_in(account)
    broken(account)

    ended, said = ops("doctor")

    lines = said.splitlines()
    (place,) = (number for number, line in enumerate(lines) if found in line)
    assert ended == status
    assert do in lines[place + 1]


def test_alarms_that_nobody_hears_are_told(ops: Ops) -> None:
    assert "nobody is told of alarms" in ops("doctor")[1]


def test_a_stage_that_is_not_there_is_one_line(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    from ops.__main__ import main  # noqa: PLC0415 - beside the fixture that runs it for `prod`

    del account
    assert main(["--stage", "dev", "doctor"]) == 2
    assert "a stage 'dev' in us-east-1: look at AWS_REGION" in capsys.readouterr().err.replace("\n", " ")
