"""A stand-in for the functions' logs, metrics and traces: what they say is part of the history."""

from collections.abc import Callable
from types import ModuleType
from typing import Any


class Log:
    """Powertools' Logger, as far as the handlers use it; `told` gets each line."""

    def __init__(self) -> None:
        self.told: Callable[[str, dict[str, Any]], None] = lambda _message, _more: None

    def info(self, message: str, **more: Any) -> None:
        self.told(message, more)

    warning = error = exception = debug = info

    def append_keys(self, **_keys: Any) -> None:
        pass

    def inject_lambda_context(self, **_how: Any) -> Callable[[Any], Any]:
        return lambda handler: handler


class Metrics:
    def add_metric(self, *_names: Any, **_more: Any) -> None:
        pass

    add_dimension = add_metadata = add_metric

    def log_metrics(self, **_how: Any) -> Callable[[Any], Any]:
        return lambda handler: handler


class Tracer:
    def capture_lambda_handler(self, handler: Any) -> Any:
        return handler


def observability() -> ModuleType:
    module = ModuleType("shared.observability")
    vars(module).update(logger=Log(), metrics=Metrics(), tracer=Tracer())
    return module
