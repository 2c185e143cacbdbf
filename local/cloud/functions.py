"""A template's functions and their asynchronous invocation settings, as the runtime takes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved, Stack
from local.lambda_runtime.async_invoke import AsyncConfig
from local.lambda_runtime.function import Function


def functions(stack: Stack, *, code_root: Path | None = None) -> Iterator[Function]:
    """`code_root` replaces the template's assets: source files instead of bundles for another processor."""
    for found in stack.of_type("AWS::Lambda::Function"):
        runtime = found.get("Runtime", "")
        if not runtime.startswith("python"):
            raise TemplateError(
                f"{found.where}: the local run has no runtime {runtime or 'for container images'}"
            )
        variables = found.get("Environment", {}).get("Variables", {})
        reserved = found.get("ReservedConcurrentExecutions")
        yield Function(
            name=found.identity.ref,
            arn=found.identity.attributes["Arn"],
            handler=found.require("Handler"),
            code_root=code_root or _asset_of(found, stack.template.directory),
            environment={name: str(stack.localised(value)) for name, value in variables.items()},
            runtime=runtime,
            timeout_seconds=float(found.get("Timeout", 3)),
            memory_mb=int(found.get("MemorySize", 128)),
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


def _asset_of(found: Resolved, directory: Path) -> Path:
    metadata = found.resource.metadata
    if "aws:asset:path" not in metadata:
        raise TemplateError(
            f"{found.where}: its code is not beside the template; say where: --code-root FOLDER"
        )
    asset: str = metadata["aws:asset:path"]
    return (directory / asset).resolve()
