"""What a real SDK makes of the faults of AWS."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from local.cloud.aws_process import AwsProcess
from local.cloud.faults import Fault, FaultRule
from local.cloud.resources import Clients
from local.lambda_runtime.environment import FUNCTION_ACCESS_KEY

pytestmark = pytest.mark.network


class Function:
    """A function's SDK."""

    def __init__(self, aws: AwsProcess, *, attempts: int = 1, read_timeout_seconds: float = 30.0) -> None:
        config = Config(
            read_timeout=read_timeout_seconds, retries={"mode": "standard", "total_max_attempts": attempts}
        )
        session = boto3.Session(FUNCTION_ACCESS_KEY, "secret", region_name="us-east-1")
        self._make: Any = lambda service: session.client(
            service, endpoint_url=f"http://127.0.0.1:{aws.port}", config=config
        )

    async def call(self, service: str, operation: str, **request: Any) -> Any:
        client = await asyncio.to_thread(self._make, service)
        try:
            return await asyncio.to_thread(getattr(client, operation), **request)
        finally:
            client.close()

    async def code_of(self, service: str, operation: str, **request: Any) -> tuple[str, int]:
        with pytest.raises(ClientError) as failed:
            await self.call(service, operation, **request)
        response = failed.value.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


KEY: Any = {"p": {"S": "one"}}
ADD_ONE: Any = {
    "TableName": "counts",
    "Key": KEY,
    "UpdateExpression": "ADD n :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


@pytest.fixture
async def table(aws: AwsProcess, made_with: Clients) -> AsyncIterator[None]:
    made_with.dynamodb.create_table(
        TableName="counts",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
    )
    yield
    await aws.set_faults((), seed=0)


def counted(made_with: Clients) -> str:
    return made_with.dynamodb.get_item(TableName="counts", Key=KEY)["Item"]["n"]["N"]


@pytest.mark.usefixtures("table")
class TestLate:
    async def test_a_late_answer_is_an_error_to_the_function_although_the_write_was_carried_out(
        self, aws: AwsProcess, made_with: Clients
    ) -> None:
        await aws.set_faults([FaultRule(fault=Fault.AWS_LATE, name="dynamodb:UpdateItem")], seed=1)
        with pytest.raises(ReadTimeoutError):
            await Function(aws, read_timeout_seconds=0.5).call("dynamodb", "update_item", **ADD_ONE)
        assert counted(made_with) == "1"

    async def test_the_retry_of_the_sdk_writes_again(self, aws: AwsProcess, made_with: Clients) -> None:
        await aws.set_faults([FaultRule(fault=Fault.AWS_LATE, times=1)], seed=1)
        function = Function(aws, attempts=2, read_timeout_seconds=0.5)
        await function.call("dynamodb", "update_item", **ADD_ONE)
        assert counted(made_with) == "2"

    async def test_an_answer_that_is_late_by_less_than_the_timeout_arrives(self, aws: AwsProcess) -> None:
        await aws.set_faults([FaultRule(fault=Fault.AWS_LATE, seconds=0.1)], seed=1)
        assert await Function(aws).call("dynamodb", "update_item", **ADD_ONE)


@pytest.mark.usefixtures("table")
class TestRefused:
    @pytest.mark.parametrize(
        ("fault", "service", "operation", "request_", "code", "status"),
        [
            (
                "aws-throttle",
                "dynamodb",
                "update_item",
                ADD_ONE,
                "ProvisionedThroughputExceededException",
                400,
            ),
            ("aws-throttle", "sqs", "list_queues", {}, "RequestThrottled", 400),
            ("aws-throttle", "sns", "list_topics", {}, "Throttled", 400),
            ("aws-throttle", "events", "list_rules", {}, "ThrottlingException", 400),
            ("aws-throttle", "s3", "list_buckets", {}, "SlowDown", 503),
            ("aws-throttle", "lambda", "invoke", {"FunctionName": "f"}, "TooManyRequestsException", 429),
            ("aws-error", "dynamodb", "update_item", ADD_ONE, "InternalServerError", 500),
            ("aws-error", "sqs", "list_queues", {}, "InternalFailure", 500),
            ("aws-error", "sns", "list_topics", {}, "InternalFailure", 500),
            ("aws-error", "s3", "list_buckets", {}, "InternalError", 500),
        ],
    )
    async def test_the_sdk_reads_the_error_in_the_services_own_protocol(
        self,
        aws: AwsProcess,
        fault: str,
        service: str,
        operation: str,
        request_: dict[str, Any],
        code: str,
        status: int,
    ) -> None:
        await aws.set_faults([FaultRule(fault=Fault(fault))], seed=1)
        assert await Function(aws).code_of(service, operation, **request_) == (code, status)

    async def test_a_refused_call_is_not_carried_out_and_the_sdk_tries_again(
        self, aws: AwsProcess, made_with: Clients
    ) -> None:
        rules = [FaultRule(fault=fault, times=1) for fault in (Fault.AWS_THROTTLE, Fault.AWS_ERROR)]
        await aws.set_faults(rules, seed=1)
        await Function(aws, attempts=3).call("dynamodb", "update_item", **ADD_ONE)
        assert counted(made_with) == "1"

    @pytest.mark.parametrize(
        ("name", "struck"),
        [
            ("dynamodb:UpdateItem", True),
            ("dynamodb:*", True),
            ("*:Update*", True),
            ("dynamodb:GetItem", False),
            ("sqs:*", False),
        ],
    )
    async def test_a_rule_may_concern_some_operations_only(
        self,
        aws: AwsProcess,
        name: str,
        struck: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        await aws.set_faults([FaultRule(fault=Fault.AWS_ERROR, name=name)], seed=1)
        if struck:
            await Function(aws).code_of("dynamodb", "update_item", **ADD_ONE)
        else:
            await Function(aws).call("dynamodb", "update_item", **ADD_ONE)

    async def test_calls_that_no_function_makes_are_left_alone(
        self, aws: AwsProcess, made_with: Clients
    ) -> None:
        await aws.set_faults([FaultRule(fault=Fault.AWS_ERROR)], seed=1)
        made_with.dynamodb.update_item(**ADD_ONE)
        assert counted(made_with) == "1"
