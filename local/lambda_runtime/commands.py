"""Which program runs a function, by its runtime."""

import sys
from pathlib import Path

from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.node import node

CHILD = Path(__file__).parent.parent / "child.py"
PYTHON_CLIENT = Path(__file__).parent / "client.py"
REDIRECT = Path(__file__).parent / "redirect.py"
NODE_CLIENT = Path(__file__).parent / "client.mjs"
# Lambda switches them off up to Node.js 22: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
NODE_FLAGS = ("--no-experimental-require-module", "--no-experimental-detect-module")
WITH_NODE_FLAGS = {"nodejs18.x", "nodejs20.x", "nodejs22.x"}


def command_of(function: Function, settings: RuntimeSettings) -> list[str]:
    """The process of a sandbox. Raises NodeMissing."""
    starter = [sys.executable, "-I", "-S", str(CHILD), "-x"]
    if function.runtime.startswith("provided"):
        return [*starter, str(function.code_root / "bootstrap")]
    if function.runtime.startswith("nodejs"):
        flags = NODE_FLAGS if function.runtime in WITH_NODE_FLAGS else ()
        return [*starter, str(node()), *flags, str(NODE_CLIENT)]
    # `-P` keeps our own folder off its module path.
    python = [sys.executable, "-u", "-P", str(CHILD)]
    if settings.runtime_client == "awslambdaric":
        return [*python, "-r", str(REDIRECT), "-m", "awslambdaric", function.handler]
    return [*python, "-r", str(REDIRECT), str(PYTHON_CLIENT)]
