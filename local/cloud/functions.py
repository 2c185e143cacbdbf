"""A template's functions and their asynchronous invocation settings, as the runtime takes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local.cloud.code import BOOTSTRAP, check_handler, code_folder, language_of
from local.cloud.errors import TemplateError
from local.cloud.layers import opt_folder, search_path
from local.cloud.stack import Resolved, Stack
from local.lambda_runtime.async_invoke import AsyncConfig
from local.lambda_runtime.function import Function
from local.lambda_runtime.node import NodeMissing, node
from local.lambda_runtime.node_sdk import Say, sdk_modules


def functions(
    stack: Stack,
    *,
    scratch: Path,
    code_root: Path | None = None,
    modules: Sequence[Path] = (),
    say: Say = print,
) -> Iterator[Function]:
    """`code_root` replaces the template's own code: source files instead of bundles for another processor.
    From the folders `modules` Python functions import what their own code lacks. What lies in archives or in
    the template is written under `scratch`. `say` is told what takes long, and what is lacking. Raises
    TemplateError.
    """
    for found in stack.of_type("AWS::Lambda::Function"):
        language = language_of(found)
        if language == "nodejs":
            _check_node(found)
        folder = code_root or code_folder(found, scratch=scratch)
        check_handler(found, folder, language)
        opt, runtime = opt_folder(stack, found, scratch=scratch), found.require("Runtime")
        found_in = [*(search_path(opt, runtime) if opt else ())]
        if language == "python":
            found_in += modules
        if language == "nodejs" and (sdk := sdk_modules(runtime, folder, say)) is not None:
            found_in.append(sdk)
        variables = found.get("Environment", {}).get("Variables", {})
        reserved = found.get("ReservedConcurrentExecutions")
        yield Function(
            name=found.identity.ref,
            arn=found.identity.attributes["Arn"],
            handler=found.require("Handler") if language != "provided" else found.get("Handler", BOOTSTRAP),
            code_root=folder,
            environment={name: str(stack.localised(value)) for name, value in variables.items()},
            runtime=runtime,
            opt=opt,
            modules=tuple(found_in),
            timeout_seconds=found.number("Timeout", 3),
            memory_mb=int(found.number("MemorySize", 128)),
            reserved_concurrency=None if reserved is None else int(reserved),
        )


def async_configs(stack: Stack) -> dict[str, AsyncConfig]:
    """Settings by `name:qualifier`; a function's dead-letter queue counts for all its qualifiers."""
    dead_letters = {
        found.identity.ref: found.get("DeadLetterConfig", {}).get("TargetArn")
        for found in stack.of_type("AWS::Lambda::Function")
    }
    qualifiers = [
        (found.get("FunctionName"), found.get("Name")) for found in stack.of_type("AWS::Lambda::Alias")
    ]
    configs = {
        f"{name}:{qualifier}": AsyncConfig(dead_letter=dead_letters.get(name))
        for name, qualifier in [*((name, "$LATEST") for name in dead_letters), *qualifiers]
    }
    for found in stack.of_type("AWS::Lambda::EventInvokeConfig"):
        name = found.require("FunctionName").rpartition(":function:")[2]
        destinations: dict[str, Any] = found.get("DestinationConfig", {})
        configs[f"{name}:{found.require('Qualifier')}"] = AsyncConfig(
            max_retries=int(found.get("MaximumRetryAttempts", 2)),
            max_age_seconds=float(found.get("MaximumEventAgeInSeconds", 21_600)),
            on_success=destinations.get("OnSuccess", {}).get("Destination"),
            on_failure=destinations.get("OnFailure", {}).get("Destination"),
            dead_letter=dead_letters.get(name),
        )
    return configs


def _check_node(found: Resolved) -> None:
    try:
        node()
    except NodeMissing as exc:
        raise TemplateError(f"{found.where}: Runtime: {exc}") from exc
