"""A real SDK invokes a function at the local AWS, and the local run's functions answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import ClientError

from local import ports
from local.cloud.aws_process import AwsProcess
from local.cloud.invocations import PATH, Invocations
from local.gateway.invoker import Invocation, InvocationRefused
from local.lambda_runtime.function import Function

pytestmark = pytest.mark.network

ARN = "arn:aws:lambda:us-east-1:123456789012:function:worker"


class Worker:
    """The one function there is."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, str]] = []

    def function_of(self, reference: str) -> Function:
        if "worker" not in reference:
            raise InvocationRefused(f"ResourceNotFoundException: Function not found: {reference}")
        return Function(name="worker", arn=ARN, handler="app.handler", code_root=Path())

    async def invoke_json(self, reference: str, payload: str) -> Invocation:
        asked = json.loads(payload)
        if asked.get("busy"):
            raise InvocationRefused("TooManyRequestsException: Rate Exceeded.")
        if asked.get("fails"):
            return Invocation(payload='{"errorMessage": "boom"}', error="Unhandled")
        return Invocation(payload=json.dumps({"reference": reference, **asked}))

    def submit(self, reference: str, payload: str) -> str:
        self.function_of(reference)
        self.submitted.append((reference, payload))
        return "request"


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
async def client(worker: Worker) -> AsyncIterator[Any]:
    app = web.Application()
    app.router.add_post(PATH, Invocations(worker, worker).handle)
    runner = web.AppRunner(app)
    await runner.setup()
    [listening, *others] = ports.listen(0)
    for other in others:
        other.close()
    await web.SockSite(runner, listening).start()
    aws = await AwsProcess.start(0, main_port=listening.getsockname()[1])
    session = boto3.Session("key", "secret", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1})
    made = session.client("lambda", endpoint_url=f"http://127.0.0.1:{aws.port}", config=config)
    yield made
    made.close()
    await aws.close()
    await runner.cleanup()


async def invoke(client: Any, name: str = "worker", payload: Any = None, **options: Any) -> Any:
    body = json.dumps(payload or {}).encode()
    return await asyncio.to_thread(client.invoke, FunctionName=name, Payload=body, **options)


@pytest.mark.parametrize(
    ("name", "options", "reference"),
    [("worker", {}, "worker"), (ARN, {}, ARN), ("worker", {"Qualifier": "live"}, "worker:live")],
    ids=["name", "ARN", "qualifier"],
)
async def test_a_function_is_invoked_by_name_arn_and_alias(
    client: Any, name: str, options: dict[str, Any], reference: str
) -> None:
    answer = await invoke(client, name, {"n": 1}, **options)
    assert json.load(answer["Payload"]) == {"reference": reference, "n": 1}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer


async def test_an_error_of_the_function_is_told_as_lambda_tells_it(client: Any) -> None:
    answer = await invoke(client, payload={"fails": True})
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"]) == {"errorMessage": "boom"}


async def test_an_event_is_accepted_and_a_dry_run_runs_nothing(client: Any, worker: Worker) -> None:
    assert (await invoke(client, payload={"n": 1}, InvocationType="Event"))["StatusCode"] == 202
    assert (await invoke(client, payload={"n": 2}, InvocationType="DryRun"))["StatusCode"] == 204
    assert worker.submitted == [("worker", '{"n": 1}')]


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("nobody", {}, "ResourceNotFoundException"),
        ("worker", {"busy": True}, "TooManyRequestsException"),
    ],
)
async def test_a_refusal_is_the_sdks_own_exception(
    client: Any, name: str, payload: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        await invoke(client, name, payload)
    assert refused.value.response["Error"]["Code"] == code


async def test_a_service_that_the_local_aws_lacks_is_refused_at_once_in_words(client: Any) -> None:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    translate: Any = session.client("translate", endpoint_url=client.meta.endpoint_url)
    request = {"Text": "x", "SourceLanguageCode": "en", "TargetLanguageCode": "de"}
    with pytest.raises(ClientError, match=r"the local AWS has no service translate; .* --real-aws translate"):
        await asyncio.to_thread(lambda: translate.translate_text(**request))
    translate.close()
