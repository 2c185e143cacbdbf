"""State machines of a template, from their definition to a finished execution."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local.cloud.aws_process import AwsProcess
from local.cloud.endpoints import Endpoints
from local.cloud.errors import TemplateError
from local.cloud.resources import Clients
from local.cloud.service_calls import ServiceCalls
from local.cloud.state_machines import create_state_machines
from local.gateway import BackendRequest, ServiceCall
from tests.local.cloud.conftest import MakeStack

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${word}", "End": True}}}


class Recorder:
    """Takes the place of the Step Functions client."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []

    def create_state_machine(self, **arguments: Any) -> None:
        self.made.append(arguments)


def machine(**properties: Any) -> dict[str, Any]:
    return {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}


def made(make_stack: MakeStack, **properties: Any) -> dict[str, Any]:
    recorder = Recorder()
    create_state_machines(make_stack(machine(**properties)), recorder)
    [arguments] = recorder.made
    return arguments


def test_a_definition_as_text_or_as_a_map_with_its_substitutions(make_stack: MakeStack) -> None:
    for words in ({"DefinitionString": json.dumps(PASS)}, {"Definition": PASS}):
        arguments = made(make_stack, StateMachineName="m", DefinitionSubstitutions={"word": "hi"}, **words)
        assert json.loads(arguments["definition"])["States"]["A"]["Result"] == "hi"
        assert (arguments["name"], arguments["type"]) == ("m", "STANDARD")


def test_a_definition_in_a_file(make_stack: MakeStack, tmp_path: Path) -> None:
    (tmp_path / "machine.asl.yaml").write_text("StartAt: A\nStates: {A: {Type: Succeed}}\n")
    arguments = made(make_stack, DefinitionUri="machine.asl.yaml")
    assert json.loads(arguments["definition"])["States"] == {"A": {"Type": "Succeed"}}


@pytest.mark.parametrize("uri", ["s3://bucket/key", "missing.json", None])
def test_a_definition_that_is_not_there_is_named(make_stack: MakeStack, uri: str | None) -> None:
    with pytest.raises(TemplateError, match="Machine: "):
        made(make_stack, DefinitionUri=uri)


def test_the_template_s_own_api_is_the_local_gateway(make_stack: MakeStack) -> None:
    state = {
        "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com",
        "Other": "https://abc.execute-api.us-east-1.amazonaws.com/x",
    }
    recorder = Recorder()
    stack = make_stack(machine(Definition=state), endpoints=Endpoints(gateway_port=8123, aws_port=1))
    create_state_machines(stack, recorder)
    assert json.loads(recorder.made[0]["definition"]) == {
        "ApiEndpoint": "http://localhost:8123",
        "Other": "http://localhost:8123/x",
    }


@pytest.mark.network
async def test_executions_run_and_have_names_of_their_own(
    make_stack: MakeStack, aws: AwsProcess, made_with: Clients
) -> None:
    client = made_with.other("stepfunctions")
    stack = make_stack(machine(StateMachineName="m", StateMachineType="EXPRESS", Definition=PASS))
    await asyncio.to_thread(create_state_machines, stack, client)
    body = json.dumps({"stateMachineArn": stack.ref("Machine"), "input": '{"a": 1}'}).encode()
    request = BackendRequest("POST", {}, [], body)
    call = ServiceCall("us-east-1", "states", "StartSyncExecution", None, request)
    async with ServiceCalls(f"http://127.0.0.1:{aws.port}") as services:
        answers = [json.loads((await services.call(call)).text()) for _ in range(2)]
    ended = [(answer["status"], json.loads(answer["output"])) for answer in answers]
    assert ended == [("SUCCEEDED", "${word}")] * 2
    assert len({answer["executionArn"] for answer in answers}) == 2
    client.close()
