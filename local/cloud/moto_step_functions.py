"""Has moto run state machines, and corrects what it lacks of them. Checked against moto 5.2.5.

Applied with the first request to Step Functions: loading moto's interpreter takes half a second.
"""

import json
import os
import time
import uuid
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOK_AGAIN_SECONDS = 0.02
TIMEOUT_SECONDS = 29.0
# The gateway of the local run wants management calls signed, and checks no signature.
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, "
    f"SignedHeaders=host, Signature={'0' * 64}"
)
PARAMETERS_OF_INVOKE = {"AuthType", "Headers", "Path", "QueryParameters", "RequestBody", "Stage"}
_FOR_STEP_FUNCTIONS = "/states/aws4_request"


class StepFunctions:
    """Serves the app, and makes its Step Functions ready once somebody asks them. `port` is where it serves:
    tasks that call services find them there.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._ready = False
        self.port = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._ready and _FOR_STEP_FUNCTIONS in environ.get("HTTP_AUTHORIZATION", ""):
            _apply(self.port)
            self._ready = True
        return self._app(environ, start_response)


def _apply(port: int) -> None:
    from moto.core.config import default_user_config  # noqa: PLC0415 - see the module's docstring
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415 - as above
    from moto.stepfunctions.responses import StepFunctionResponse  # noqa: PLC0415 - as above

    os.environ["MOTO_PORT"] = str(port)
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    start: Any = StepFunctionsParserBackend.start_execution
    task = _api_gateway().StateTaskServiceApiGateway
    # moto drops the parameters that it does not list.
    task._SUPPORTED_API_PARAM_BINDINGS["invoke"] |= PARAMETERS_OF_INVOKE  # noqa: SLF001 - moto has no public name
    for owner, name, corrected in (
        (StepFunctionResponse, "start_sync_execution", _start_sync_execution),
        (StepFunctionsParserBackend, "start_execution", _named(start)),
        (task, "_eval_service_task", _invoke_api),
        (task, "_from_error", _failure_of),
    ):
        setattr(owner, name, corrected)


def _api_gateway() -> Any:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: PLC0415 - as above
        state_task_service_api_gateway,
    )

    return state_task_service_api_gateway


def _named(start: Any) -> Any:
    """Give an execution without a name one of its own: moto calls them all None."""

    def start_execution(backend: Any, arn: str, name: str | None, *rest: Any, **more: Any) -> Any:
        return start(backend, arn, name or str(uuid.uuid4()), *rest, **more)

    return start_execution


def _start_sync_execution(response: Any) -> Any:
    """Start an express execution and wait for its end, which moto does in a class that it serves nowhere."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - as above

    arn, name = response._get_param("stateMachineArn"), response._get_param("name")  # noqa: SLF001 - moto's own way
    text = response._get_param("input", if_none="{}")  # noqa: SLF001 - as above
    execution = response.stepfunction_backend.start_execution(arn, name, text)
    while execution.status == "RUNNING":
        time.sleep(LOOK_AGAIN_SECONDS)
    output = execution.output
    result = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "status": execution.status,
        "input": text,
        "output": None if output is None else json.dumps(output),
        "error": execution.error,
        "cause": execution.cause,
    }
    return ActionResult({field: value for field, value in result.items() if value is not None})


def _url_of(parameters: dict[str, Any]) -> str:
    """The address that the state names. moto puts a path of its own between stage and path."""
    endpoint = parameters["ApiEndpoint"]
    base = endpoint if "://" in endpoint else f"https://{endpoint}"
    parts = (str(parameters.get(name) or "").strip("/") for name in ("Stage", "Path"))
    query = _api_gateway().StateTaskServiceApiGateway._query_parameters_of(parameters) or ""  # noqa: SLF001 - no public name
    return "/".join([base, *filter(None, parts)]) + query


def _invoke_api(task: Any, env: Any, normalised_parameters: dict[str, Any], **_: Any) -> None:
    """Call an API as moto does, but signed where the state says so, and with any 2xx a success."""
    del task
    parameters = normalised_parameters
    import requests  # noqa: PLC0415 - only state machines that call an API wait for it

    headers = dict(parameters.get("Headers") or {})
    if parameters.get("AuthType", "NO_AUTH") != "NO_AUTH":
        headers["Authorization"] = AUTHORIZATION
    response = requests.request(
        parameters["Method"],
        _url_of(parameters),
        headers=headers,
        json=parameters.get("RequestBody"),
        timeout=TIMEOUT_SECONDS,
    )
    if not response.ok:
        raise _api_gateway().SfnGatewayException(parameters=parameters, response=response)
    try:
        body = response.json()
    except ValueError:
        body = response.text
    env.stack.append(
        {
            "Headers": {name: [value] for name, value in response.headers.items()},
            "ResponseBody": body,
            "StatusCode": response.status_code,
            "StatusText": response.reason,
        }
    )


def _failure_of(task: Any, env: Any, ex: Any) -> Any:
    """As moto's own, which forgets an argument."""
    del task
    answered = isinstance(ex, _api_gateway().SfnGatewayException)
    name = f"ApiGateway.{ex.response.status_code if answered else type(ex).__name__}"
    cause = ex.response.text if answered else str(ex)
    return _api_gateway().FailureEvent(
        env=env,
        error_name=_api_gateway().CustomErrorName(name),
        event_type=_api_gateway().HistoryEventType.TaskFailed,
        event_details=_api_gateway().EventDetails(
            taskFailedEventDetails=_api_gateway().TaskFailedEventDetails(
                error=name, cause=cause, resource="invoke", resourceType="apigateway"
            )
        ),
    )
