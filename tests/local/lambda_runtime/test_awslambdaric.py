"""AWS's own runtime interface client on our Runtime API, where awslambdaric is installed."""

import importlib.util
import json
from pathlib import Path

import pytest

from tests.local.lambda_runtime.conftest import BenchMaker, toy

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        importlib.util.find_spec("awslambdaric") is None,
        reason="awslambdaric is not installed: it is optional, and has wheels for Linux only",
    ),
]


async def test_it_runs_handlers_unmodified(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "about", environment={"TABLE": "jobs"}), runtime_client="awslambdaric")
    for _ in range(2):
        answer = await bench.runtime.invoke("about", {})
        assert answer.error is None
    about = json.loads(answer.payload)
    assert about["environment"]["TABLE"] == "jobs"
    assert about["environment"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert 0 < about["context"]["remaining_ms"] <= 3_000


@pytest.mark.parametrize(
    ("name", "event", "error_type"),
    [
        ("fails", {}, "ValueError"),
        ("unserialisable", {}, "Runtime.MarshalError"),
        ("leaves", {"status": 3}, "Runtime.ExitError"),
        ("nothing", {}, "Runtime.HandlerNotFound"),
    ],
)
async def test_its_failures_are_answered_as_ours_are(
    make_bench: BenchMaker, code_root: Path, name: str, event: object, error_type: str
) -> None:
    bench = make_bench(toy(code_root, name), runtime_client="awslambdaric")
    answer = await bench.runtime.invoke_json(name, json.dumps(event))
    assert answer.error == "Unhandled"
    assert json.loads(answer.payload)["errorType"] == error_type
