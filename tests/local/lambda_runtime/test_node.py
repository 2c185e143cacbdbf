"""Functions in Node.js, through the same Runtime API."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime.function import Function
from tests.local.lambda_runtime.conftest import ARN, Bench, BenchMaker

pytestmark = [pytest.mark.network]

MODULE = """
import { setTimeout as sleep } from "node:timers/promises";
export const echo = async (event) => event;
export const later = (event) => sleep(1).then(() => ({ later: event.n }));
export const calls = (event, context, callback) => { setTimeout(() => callback(null, event.n + 1), 1); };
export const fails = async () => { throw new TypeError("no such job"); };
export const throws = () => { throw new RangeError("too far"); };
export const refuses = (event, context, callback) => callback("just words");
export const silent = () => { setTimeout(() => {}, 1); };
export const hangs = async () => { await new Promise(() => {}); };
export const leaves = async () => { process.exit(3); };
export const rejects = async () => { Promise.reject(new Error("nobody looked")); await sleep(5000); };
export const loops = async () => { const ring = {}; ring.ring = ring; return ring; };
export const large = async () => "x".repeat(6 * 1024 * 1024 + 1000);
export const succeeds = (event, context) => { setTimeout(() => context.succeed(event.n), 1); };
export const done = (event, context) => { context.done(null, event.n); };
export const undone = (event, context) => { context.done(new Error("not done")); };
export const failing = (event, context) => { context.fail("no such luck"); };
export const talks = async () => { console.log("plain words"); console.error("to stderr"); };
export const early = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setInterval(() => {}, 1000);
  callback(null, "early");
};
export const about = async (event, context) => ({
  now: Date.now(), day: new Date().getTime(),
  fixed: new Date(0).toISOString(), kind: new Date() instanceof Date,
  remaining: context.getRemainingTimeInMillis(), id: context.awsRequestId, arn: context.invokedFunctionArn,
  name: context.functionName, memory: context.memoryLimitInMB, trace: process.env._X_AMZN_TRACE_ID,
  secret: process.env.DEVELOPERS_SECRET ?? null, table: process.env.TABLE,
});
"""


def of_node(code_root: Path, handler: str, **changes: Any) -> Function:
    options = {"runtime": "nodejs22.x", **changes}
    return Function(name="toy", arn=f"{ARN}toy", handler=handler, code_root=code_root, **options)


@pytest.fixture
def run(make_bench: BenchMaker, code_root: Path) -> Any:
    (code_root / "toys.mjs").write_text(MODULE)

    async def run(handler: str, event: Any, **changes: Any) -> tuple[Any, str | None, Bench]:
        bench = make_bench(of_node(code_root, handler, **changes))
        answer = await bench.runtime.invoke("toy", event)
        return json.loads(answer.payload), answer.error, bench

    return run


@pytest.mark.parametrize(
    ("name", "event", "answer"),
    [
        pytest.param("echo", {"körper": [1, None]}, {"körper": [1, None]}, id="async"),
        pytest.param("later", {"n": 1}, {"later": 1}, id="promise"),
        pytest.param("calls", {"n": 1}, 2, id="callback"),
        pytest.param("early", {}, "early", id="callback-that-does-not-wait"),
        pytest.param("succeeds", {"n": 1}, 1, id="context.succeed"),
        pytest.param("done", {"n": 1}, 1, id="context.done"),
        pytest.param("silent", {}, None, id="nothing"),
    ],
)
async def test_the_answer_is_what_the_handler_gives(run: Any, name: str, event: Any, answer: Any) -> None:
    assert (await run(f"toys.{name}", event))[:2] == (answer, None)


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        pytest.param("fails", "TypeError", "no such job", id="rejection"),
        pytest.param("throws", "RangeError", "too far", id="exception"),
        pytest.param("undone", "Error", "not done", id="context.done-with-an-error"),
        pytest.param("failing", "string", "no such luck", id="context.fail"),
        pytest.param("refuses", "string", "just words", id="callback-with-no-error-object"),
        pytest.param("hangs", "Runtime.NodeJsExit", "promise unsettled", id="promise-never-settled"),
        pytest.param("rejects", "Runtime.UnhandledPromiseRejection", "Error: nobody looked", id="unhandled"),
        pytest.param("loops", "TypeError", "circular structure", id="not-json"),
        pytest.param("leaves", "Runtime.ExitError", "exit status 3", id="exit"),
        pytest.param("large", "Function.ResponseSizeTooLarge", "exceeded maximum", id="too-large"),
    ],
)
async def test_failures_have_lambdas_shape(run: Any, name: str, error_type: str, message: str) -> None:
    error, kind, _ = await run(f"toys.{name}", {})
    assert (kind, error["errorType"]) == ("Unhandled", error_type)
    assert message in error["errorMessage"]


async def test_an_errors_trace_leads_to_the_handler(run: Any) -> None:
    error, _, _ = await run("toys.fails", {})
    assert error["trace"][0] == "TypeError: no such job"
    assert "toys.mjs" in error["trace"][1]


async def test_console_and_errors_are_in_the_log(run: Any) -> None:
    _, _, bench = await run("toys.talks", {})
    # Two pipes' worth of writes went into one; an answer is posted after both.
    assert [text for _, text in bench.logs.lines] == ["plain words", "to stderr"]
    _, _, bench = await run("toys.fails", {})
    assert ("toy", "[ERROR] TypeError: no such job") in bench.logs.lines


async def test_the_process_sees_its_own_environment_and_a_context(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "1")
    about, _, _ = await run("toys.about", {}, environment={"TABLE": "jobs"}, memory_mb=256)
    assert (about["name"], about["memory"], about["arn"]) == ("toy", "256", f"{ARN}toy")
    assert 0 < about["remaining"] <= 3_000
    assert about["trace"].startswith("Root=1-")
    assert (about["secret"], about["table"], about["kind"]) == (None, "jobs", True)


async def test_date_follows_the_moved_clock(make_bench: BenchMaker, code_root: Path) -> None:
    (code_root / "toys.mjs").write_text(MODULE)
    bench = make_bench(of_node(code_root, "toys.about"))
    before = json.loads((await bench.runtime.invoke("toy", {})).payload)
    bench.clock.advance(86_400)
    after = json.loads((await bench.runtime.invoke("toy", {})).payload)
    assert 86_400_000 <= after["now"] - before["now"] < 86_460_000
    assert 0 <= after["day"] - after["now"] < 1_000
    assert (after["fixed"], after["kind"]) == ("1970-01-01T00:00:00.000Z", True)
    assert 0 < after["remaining"] <= 3_000


COMMON = "exports.handler = async () => 'common';"
ESM = "export const handler = async () => 'module';"


@pytest.mark.parametrize(
    ("files", "handler", "answer"),
    [
        pytest.param({"index.js": COMMON}, "index.handler", "common", id="js-is-common"),
        pytest.param({"index.cjs": COMMON}, "index.handler", "common", id="cjs"),
        pytest.param({"index.mjs": ESM}, "index.handler", "module", id="mjs"),
        pytest.param(
            {"index.js": ESM, "package.json": '{"type": "module"}'}, "index.handler", "module", id="package"
        ),
        pytest.param({"src/app/index.js": COMMON}, "src/app/index.handler", "common", id="folder"),
        pytest.param({"index.js": "exports.a = { b: async () => 7 };"}, "index.a.b", 7, id="nested"),
    ],
)
async def test_handlers_are_found_as_lambda_finds_them(
    make_bench: BenchMaker, tmp_path: Path, files: dict[str, str], handler: str, answer: Any
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    bench = make_bench(of_node(tmp_path, handler))
    assert json.loads((await bench.runtime.invoke("toy", {})).payload) == answer


@pytest.mark.parametrize(
    ("text", "runtime", "error_type", "message"),
    [
        pytest.param(
            "exports.other = 1;", "nodejs22.x", "HandlerNotFound", "undefined or not exp", id="none"
        ),
        pytest.param(
            "exports.handler = 1;", "nodejs22.x", "HandlerNotFound", "not a function", id="no-function"
        ),
        pytest.param(
            "exports.handler = (", "nodejs22.x", "UserCodeSyntaxError", "SyntaxError: ", id="syntax"
        ),
        pytest.param(
            ESM, "nodejs22.x", "UserCodeSyntaxError", "Unexpected token 'export'", id="undeclared-esm"
        ),
        pytest.param(
            "require('nowhere')", "nodejs22.x", "ImportModuleError", "find module 'nowhere'", id="module"
        ),
        pytest.param(
            "require('@aws-sdk/client-dynamodb')",
            "nodejs22.x",
            "ImportModuleError",
            "the local run does not: npm install @aws-sdk/client-dynamodb",
            id="sdk",
        ),
        pytest.param(
            "exports.handler = (a, b, c) => c();",
            "nodejs24.x",
            "CallbackHandlerDeprecated",
            "async function",
            id="callback-in-24",
        ),
    ],
)
async def test_a_function_that_cannot_start_says_why(
    make_bench: BenchMaker, tmp_path: Path, text: str, runtime: str, error_type: str, message: str
) -> None:
    (tmp_path / "index.js").write_text(text)
    bench = make_bench(of_node(tmp_path, "index.handler", runtime=runtime))
    answer = await bench.runtime.invoke("toy", {})
    error = json.loads(answer.payload)
    assert (answer.error, error["errorType"]) == ("Unhandled", f"Runtime.{error_type}")
    assert message in error["errorMessage"]
    if error_type == "ImportModuleError":
        [line] = [text for _, text in bench.logs.lines if text.strip()]
        assert line.startswith("[ERROR] Runtime.ImportModuleError: Error: Cannot find")
