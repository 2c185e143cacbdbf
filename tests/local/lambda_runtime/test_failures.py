"""What a caller gets when a function fails, in the words of Lambda."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.local.lambda_runtime.conftest import BenchMaker, toy

pytestmark = [pytest.mark.network]


async def error_of(
    make_bench: BenchMaker, code_root: Path, name: str, event: Any = None, **changes: Any
) -> Any:
    bench = make_bench(toy(code_root, name, **changes))
    answer = await bench.runtime.invoke(name, event or {})
    assert answer.error == "Unhandled"
    return json.loads(answer.payload)


async def test_an_exception_is_answered_with_type_message_and_stack(
    make_bench: BenchMaker, code_root: Path
) -> None:
    error = await error_of(make_bench, code_root, "fails")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such job")
    assert len(error["stackTrace"]) == 1
    assert 'raise ValueError("no such job")' in error["stackTrace"][0]
    assert re.fullmatch(r"[0-9a-f-]{36}", error["requestId"])


@pytest.mark.parametrize(
    ("name", "event", "error_type", "message"),
    [
        (
            "unserialisable",
            {},
            "Runtime.MarshalError",
            "Unable to marshal response: .*set is not JSON serializable",
        ),
        (
            "large",
            {},
            "Function.ResponseSizeTooLarge",
            r"Response payload size \(\d+ bytes\) exceeded maximum .*",
        ),
        (
            "leaves",
            {"status": 0},
            "Runtime.ExitError",
            "RequestId: .* Error: Runtime exited without providing a reason",
        ),
        (
            "leaves",
            {"status": 3},
            "Runtime.ExitError",
            "RequestId: .* Error: Runtime exited with error: exit status 3",
        ),
        (
            "crashes",
            {},
            "Runtime.ExitError",
            "RequestId: .* Error: Runtime exited with error: signal: aborted",
        ),
    ],
    ids=["malformed output", "too large", "sys.exit()", "sys.exit(3)", "crash"],
)
async def test_other_failures_carry_lambdas_own_types(
    make_bench: BenchMaker, code_root: Path, name: str, event: Any, error_type: str, message: str
) -> None:
    error = await error_of(make_bench, code_root, name, event)
    assert error["errorType"] == error_type
    assert re.fullmatch(message, error["errorMessage"])


@pytest.mark.parametrize(
    ("handler", "source", "error_type", "message"),
    [
        (
            "broken.handler",
            "import nowhere",
            "Runtime.ImportModuleError",
            "Unable to import module 'broken': .*nowhere.*",
        ),
        ("missing.handler", "", "Runtime.ImportModuleError", "Unable to import module 'missing': .*"),
        (
            "broken.handler",
            "def handler(:",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'broken': .*",
        ),
        ("broken.handler", "", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'broken'"),
        ("handler", "", "Runtime.MalformedHandlerName", "Bad handler 'handler': .*"),
        ("broken.handler", "raise KeyError('TABLE')", "KeyError", "'TABLE'"),
        ("broken.handler", "import sys; sys.exit(4)", "Runtime.ExitError", ".*exit status 4"),
    ],
    ids=["import", "no module", "syntax", "no handler", "no dot", "raises", "exits"],
)
async def test_a_function_that_cannot_start_says_why(
    make_bench: BenchMaker, code_root: Path, handler: str, source: str, error_type: str, message: str
) -> None:
    (code_root / "broken.py").write_text(source + "\n")
    error = await error_of(make_bench, code_root, "broken", handler=handler)
    assert error["errorType"] == error_type
    assert re.fullmatch(message, error["errorMessage"])


async def test_at_its_timeout_a_function_is_killed(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "slow", timeout_seconds=0.2))
    answer = await bench.runtime.invoke("slow", {"seconds": 30})
    error = json.loads(answer.payload)
    assert list(error) == ["errorMessage"]
    assert re.fullmatch(r"[\dT:.-]+Z [0-9a-f-]{36} Task timed out after 0.20 seconds", error["errorMessage"])
    assert bench.logs.lines == [("slow", "PLATFORM Task timed out after 0.20 seconds; killed")]


async def test_after_a_crash_the_next_invocation_gets_a_new_process(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "leaves"))
    for _ in range(2):
        assert (await bench.runtime.invoke("leaves", {"status": 1})).error == "Unhandled"


async def test_a_sandbox_that_died_while_idle_is_not_used(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "about"))
    first = json.loads((await bench.runtime.invoke("about", {})).payload)["pid"]
    [sandbox] = bench.runtime._pools["about"]._idle
    await sandbox.stop()
    assert json.loads((await bench.runtime.invoke("about", {})).payload)["pid"] != first
