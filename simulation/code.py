"""The code under test: a private copy of `shared` and `functions` from any folder, made deterministic.

A copy for each version: two of them run side by side in one process, as during a deployment.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Self

from simulation.observed import observability

FUNCTIONS = ("connect", "disconnect", "default", "publisher", "scheduler")
_OWN = ("shared", "functions")
ROOT = Path(__file__).parent.parent


class Version:
    """One version of the code: its handlers, its settings, its adapters' port methods."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        with _own_modules(root) as modules:
            modules["shared.observability"] = observability()
            for name in _module_names(root):
                importlib.import_module(name)
            self.modules = {name: module for name, module in sys.modules.items() if _is_own(name)}
        self.bootstrap = self.modules["shared.bootstrap"]
        self.settings = self.modules["shared.settings"].Settings
        self.log = self.modules["shared.observability"].logger
        self.detail_fields = _detail_fields(self.modules["shared.domain.intake"])
        """What a producer may say in an event's `detail`."""
        self.port_methods = _port_methods(self.modules)
        self._handlers = {name: _code_of(root / f"functions/{name}/handler.py") for name in FUNCTIONS}
        for module in self.modules.values():
            if hasattr(module, "ThreadPoolExecutor"):
                vars(module)["ThreadPoolExecutor"] = InlineExecutor

    def posted(self, connection_id: str, outcome: str) -> Any:
        """What came of a post, as this version's sender says it."""
        ports = self.modules["shared.app.ports"]
        if hasattr(ports, "Posted"):  # a version whose ports stand in one file
            return ports.Posted(connection_id, ports.Outcome[outcome])
        outcomes = self.modules["shared.domain.target"].Outcome
        return self.modules["shared.app.ports.sender"].Posted(connection_id, outcomes[outcome])

    def clients(self, **clients: Any) -> dict[str, Any]:
        """AWS clients, under the names by which this version's adapters take them."""
        typed = hasattr(self.modules["shared.bootstrap.adapters"], "Overrides")
        return clients if typed else {f"_{name}": client for name, client in clients.items()}

    def has_port(self, name: str) -> bool:
        overrides = getattr(self.modules["shared.bootstrap.adapters"], "Overrides", None)
        return overrides is not None and name in overrides.__annotations__

    def catalog(self, channels: frozenset[str], keep_seconds: int | None) -> dict[str, Any]:
        """The example's events, with these channels kept for less, where the version keeps any."""
        if keep_seconds is None or not self.has_port("streams"):
            return {}
        declared = importlib.import_module("events").catalog
        keep = timedelta(seconds=keep_seconds)
        kept = {
            name: replace(one, keep=keep) if name in channels else one
            for name, one in declared.declared.items()
        }
        return {"catalog": replace(declared, declared=kept)}

    def start(
        self, function: str, settings: Any, *, failed: Callable[[str, BaseException], None], **ports: Any
    ) -> Callable[..., Any]:
        """A cold start: the function's module is run anew, on an application of its own.

        `failed` is told of each queue message whose handling raised: its id and the exception.
        """
        _put_in_place(self.modules)
        name = "build_ports" if hasattr(self.bootstrap, "build_ports") else "build_app"  # of an older version
        build = getattr(self.bootstrap, name)
        namespace: dict[str, Any] = {"__name__": f"functions.{function}.handler"}
        vars(self.bootstrap)[name] = partial(build, settings=settings, **ports)
        try:
            exec(self._handlers[function], namespace)  # noqa: S102  the project's own module
        finally:
            vars(self.bootstrap)[name] = build
        if "BatchProcessor" in namespace:
            namespace["BatchProcessor"] = _telling(namespace["BatchProcessor"])
            namespace["BatchProcessor"].failed = staticmethod(failed)
        handler: Callable[..., Any] = namespace["handler"]
        return handler


class InlineExecutor:
    """Does at once what a thread pool does side by side: greenlets and threads do not mix."""

    def __init__(self, _workers: int = 1) -> None:
        pass

    def submit(self, act: Callable[..., Any], *given: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(act(*given))
        except Exception as exc:  # noqa: BLE001  as an executor does
            future.set_exception(exc)
        return future

    def map(self, act: Callable[..., Any], *given: Sequence[Any]) -> Iterator[Any]:
        return iter([act(*one) for one in zip(*given, strict=False)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        pass

    def shutdown(self, **_how: Any) -> None:
        pass


@cache
def _telling(processor: Any) -> Any:
    class Telling(processor):  # type: ignore[misc] # Powertools' class, found in the handler
        failed: Callable[[str, BaseException], None]

        def failure_handler(self, record: Any, exception: Any) -> Any:
            self.failed(record.message_id, exception[1])
            return super().failure_handler(record, exception)

    return Telling


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in _OWN


@contextmanager
def _own_modules(root: Path) -> Iterator[dict[str, ModuleType]]:
    """Import `shared` and `functions` from a folder, beside those that are imported already."""
    theirs = {name: module for name, module in sys.modules.items() if _is_own(name)}
    for name in theirs:
        del sys.modules[name]
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield sys.modules
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if _is_own(name)]:
            del sys.modules[name]
        sys.modules.update(theirs)


@contextmanager
def modules_restored(versions: Sequence[Version]) -> Iterator[None]:
    """Whatever versions are put in place meanwhile: after it, `shared` is what it was."""
    names = {name for version in versions for name in version.modules}
    theirs = {name: sys.modules[name] for name in names if name in sys.modules}
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(theirs)


def _put_in_place(modules: Mapping[str, ModuleType]) -> None:
    if sys.modules.get("shared") is not modules["shared"]:
        sys.modules.update(modules)


def _module_names(root: Path) -> list[str]:
    """All but the handlers: they build an application when they are imported."""
    paths = [*(root / "shared").rglob("*.py"), *(root / "functions").rglob("*.py")]
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in sorted(paths)]
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".handler")]


def _code_of(path: Path) -> CodeType:
    return compile(path.read_text(), str(path), "exec")


def _detail_fields(intake: ModuleType) -> frozenset[str]:
    """Of the model of an event's detail, whatever it is called in this version."""
    models = (getattr(value, "model_fields", {}) for value in vars(intake).values())
    return frozenset(name for fields in models if "deliver_at" in fields for name in fields)


def _port_methods(modules: Mapping[str, ModuleType]) -> dict[CodeType, str]:
    """The code of each adapter's method by the port's name for it: `History.claim`."""
    ports = {
        name: {method for method in vars(port) if not method.startswith("_")}
        for module_name, module in modules.items()
        if module_name.startswith("shared.app.ports")
        for name, port in vars(module).items()
        if getattr(port, "_is_protocol", False) and name != "Protocol"
    }
    adapters = [
        adapter
        for module_name, module in modules.items()
        if module_name.startswith("shared.aws.")
        for adapter in vars(module).values()
        if isinstance(adapter, type) and adapter.__module__ == module_name
    ]
    found: dict[CodeType, str] = {}
    # The larger port last: what has all its methods is its adapter, not one of a smaller port's.
    for port, methods in sorted(ports.items(), key=lambda one: len(one[1])):
        for adapter in adapters:
            if methods and all(callable(getattr(adapter, method, None)) for method in methods):
                own = {method: vars(adapter).get(method) for method in methods}
                found |= {
                    function.__code__: f"{port}.{method}"
                    for method, function in own.items()
                    if isinstance(function, FunctionType)
                }
    return found
