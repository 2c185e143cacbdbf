"""Where functions find modules and files that do not lie beside their code."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime import node_sdk
from tests.local.lambda_runtime.conftest import BenchMaker, toy

network = pytest.mark.network

PYTHON = """
import os, shared_words
def handler(event, context):
    return [shared_words.HELLO, os.path.exists("/opt/words.txt")]
"""
# Both ways of loading, from a folder of modules and by a path under /opt.
NODE_MODULE = """
import { hello } from "shared-words";
import { bye } from "/opt/nodejs/own.mjs";
export const handler = async () => [hello, bye];
"""
NODE_SCRIPT = """
const { hello } = require("shared-words");
const { bye } = require("/opt/nodejs/own.cjs");
exports.handler = async () => [hello, bye];
"""
BOOTSTRAP = f"""#!{sys.executable}
import os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as asked:
        request_id, event = asked.headers["Lambda-Runtime-Aws-Request-Id"], asked.read()
    urllib.request.urlopen(api + request_id + "/response", data=b"[" + event + b"]")
"""


@pytest.fixture
def opt(tmp_path: Path) -> Path:
    files = {
        "words.txt": "hello",
        "python/shared_words.py": 'HELLO = "hello"',
        "nodejs/own.mjs": 'export const bye = "bye";',
        "nodejs/own.cjs": 'exports.bye = "bye";',
        "nodejs/node_modules/shared-words/index.js": 'exports.hello = "hello";',
        "nodejs/node_modules/shared-words/package.json": '{"name": "shared-words"}',
    }
    for name, text in files.items():
        (tmp_path / "opt" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "opt" / name).write_text(text)
    return tmp_path / "opt"


async def answer(make_bench: BenchMaker, function: Any) -> Any:
    answered = await make_bench(function).runtime.invoke(function.name, {"n": 1})
    assert answered.error is None, answered.payload
    return json.loads(answered.payload)


@network
async def test_python_finds_modules_of_layers(make_bench: BenchMaker, code_root: Path, opt: Path) -> None:
    (code_root / "toys.py").write_text(PYTHON)
    function = toy(code_root, "handler", opt=opt, modules=(opt / "python",))
    hello, _ = await answer(make_bench, function)
    assert hello == "hello"


@network
@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root may surely mount")
async def test_files_of_layers_lie_under_opt_for_the_function_alone(
    make_bench: BenchMaker, code_root: Path, opt: Path
) -> None:
    (code_root / "toys.py").write_text(PYTHON)
    function = toy(code_root, "handler", opt=opt, modules=(opt / "python",))
    assert await answer(make_bench, function) == ["hello", True]
    assert not Path("/opt/words.txt").exists()  # noqa: ASYNC240 - one look at a local disk


@network
@pytest.mark.parametrize(("file", "code"), [("toys.mjs", NODE_MODULE), ("toys.cjs", NODE_SCRIPT)])
async def test_node_finds_modules_of_layers_and_paths_under_opt(
    make_bench: BenchMaker, code_root: Path, opt: Path, file: str, code: str
) -> None:
    (code_root / file).write_text(code)
    modules = (opt / "nodejs" / "node_modules",)
    function = toy(code_root, "handler", runtime="nodejs22.x", opt=opt, modules=modules)
    assert await answer(make_bench, function) == ["hello", "bye"]


@network
async def test_a_bootstrap_of_whichever_language_runs(make_bench: BenchMaker, code_root: Path) -> None:
    (code_root / "bootstrap").write_text(BOOTSTRAP)
    (code_root / "bootstrap").chmod(stat.S_IRWXU)
    function = toy(code_root, "handler", runtime="provided.al2023")
    assert await answer(make_bench, function) == [{"n": 1}]


@network
async def test_a_bootstrap_that_was_built_for_another_machine_says_so(
    make_bench: BenchMaker, code_root: Path
) -> None:
    (code_root / "bootstrap").write_bytes(b"\x7fELF" + b"\0" * 60)
    (code_root / "bootstrap").chmod(stat.S_IRWXU)
    bench = make_bench(toy(code_root, "handler", runtime="provided.al2023"))
    assert (await bench.runtime.invoke("handler", {})).error == "Unhandled"
    [(_, line)] = bench.logs.lines
    assert "bootstrap cannot be run here" in line


@pytest.mark.parametrize(
    ("file", "text", "missing"),
    [
        ("a.mjs", 'import { S3 } from "@aws-sdk/client-s3";', {"@aws-sdk/client-s3"}),
        ("lib/a.js", "const AWS = require('aws-sdk/clients/dynamodb')", {"aws-sdk"}),
        ("a.cjs", "var a=require(`@smithy/protocol-http`)", {"@smithy/protocol-http"}),
        ("a.js", 'require("aws-sdk-mock")', set()),
        ("a.js", 'require("@aws-sdk/client-sqs")', set()),
        ("node_modules/x/a.js", 'require("aws-sdk")', set()),
        ("a.py", 'require("aws-sdk")', set()),
    ],
    ids=["import", "require", "minified", "another", "installed", "of a library", "no code"],
)
def test_the_sdk_is_wanted_where_code_names_it_and_it_does_not_lie_beside(
    tmp_path: Path, file: str, text: str, missing: set[str]
) -> None:
    code_root = tmp_path / "src"
    (code_root / file).parent.mkdir(parents=True)
    (code_root / file).write_text(text)
    (tmp_path / "node_modules" / "@aws-sdk" / "client-sqs").mkdir(parents=True)
    assert node_sdk.missing_packages(code_root) == missing


@pytest.mark.parametrize(
    ("runtime", "version"), [("nodejs16.x", "v2"), ("nodejs18.x", "v3"), ("nodejs22.x", "v3")]
)
def test_an_sdk_that_was_installed_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, version: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a.js").write_text('require("@aws-sdk/client-s3")')
    (tmp_path / "bin").mkdir()
    npm = tmp_path / "bin" / "npm"
    npm.write_text("#!/bin/sh\nmkdir node_modules\n")
    npm.chmod(stat.S_IRWXU)
    monkeypatch.setattr(node_sdk, "_npm", lambda: [str(npm)])
    node_sdk._installed.cache_clear()
    said: list[str] = []
    for _ in range(2):
        found = node_sdk.sdk_modules(runtime, tmp_path, said.append)
        assert found is not None
        assert found.is_dir()
        node_sdk._installed.cache_clear()
    assert said == [f"Installing the AWS SDK for JavaScript {version}, which Lambda brings along (once) …"]


def test_an_npm_that_cannot_reach_its_registry_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a.js").write_text('require("@aws-sdk/client-s3")')
    (tmp_path / "bin").mkdir()
    npm = tmp_path / "bin" / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    npm.chmod(stat.S_IRWXU)
    monkeypatch.setattr(node_sdk, "_npm", lambda: [str(npm)])
    node_sdk._installed.cache_clear()
    said: list[str] = []
    assert node_sdk.sdk_modules("nodejs22.x", tmp_path, said.append) is None
    assert said[-1] == (
        "NOT RUN  the AWS SDK for JavaScript v3: npm could not install it (code ENOTFOUND); "
        "functions that import it will fail"
    )
