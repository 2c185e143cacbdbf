"""Somebody else's application: a template in YAML with two functions, run as it is."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.e2e.system import System

pytestmark = pytest.mark.network

TEMPLATE = """
Parameters:
  Greeting: {Type: String}
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: echo, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Echo:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: echo.handler
      Code: {ZipFile: "not used here"}
      Environment:
        Variables:
          GREETING: !Ref Greeting
          CALLBACK: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
  ToEcho:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub >-
        arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations
  Default:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      RouteResponseSelectionExpression: $default
      Target: !Sub "integrations/${ToEcho}"
  Answer:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Default, RouteResponseKey: $default}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: live, AutoDeploy: true}
  Cluster:
    Type: AWS::EKS::Cluster
"""
CODE = """
import json, os

def handler(event, context):
    said = {"greeting": os.environ["GREETING"], "callback": os.environ["CALLBACK"], "version": VERSION}
    return {"statusCode": 200, "body": json.dumps(said)}
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "app.yaml").write_text(TEMPLATE)
    file = tmp_path / "code" / "echo.py"
    file.parent.mkdir()
    file.write_text("VERSION = 1\n" + CODE)
    return file


@pytest.fixture
def other(tmp_path: Path, code: Path) -> Iterator[System]:
    arguments = [str(tmp_path / "app.yaml"), "--code-root", str(code.parent), "--parameter", "Greeting=hello"]
    started = System.start(tmp_path, *arguments, reload=True)
    yield started
    started.stop()


async def say(system: System) -> dict[str, Any]:
    async with connect(system.stage_url) as socket:
        await socket.send("anything")
        answer: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 30))
        return answer


@pytest.mark.slow
async def test_it_runs_says_what_it_leaves_out_and_reloads_changed_code(other: System, code: Path) -> None:
    assert await say(other) == {"greeting": "hello", "callback": f"{other.gateway}/live", "version": 1}
    said = await asyncio.to_thread(other.log.read_text)
    assert "NOT RUN  Cluster: AWS::EKS::Cluster is not part of the local run" in said

    async with asyncio.timeout(30):
        version = 1
        while version != 2:
            await asyncio.to_thread(code.write_text, "VERSION = 2\n" + CODE)
            await asyncio.sleep(0.2)
            version = (await say(other))["version"]


async def test_a_function_that_cannot_start_shows_in_health_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEMPLATE)
    (tmp_path / "echo.py").write_text("import nowhere\n")
    arguments = [str(tmp_path / "app.yaml"), "--code-root", str(tmp_path), "--parameter", "Greeting=hello"]
    broken = await asyncio.to_thread(System.start, tmp_path, *arguments)
    try:
        async with asyncio.timeout(30):
            answer: tuple[int, Any] = (200, None)
            while answer[0] == 200:
                answer = await asyncio.to_thread(broken.request, "GET", "/health")
                await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(broken.stop)
    assert answer[0] == 503
    [function] = [part for name, part in answer[1]["parts"].items() if name.startswith("function")]
    assert "No module named 'nowhere'" in function["failure"]
