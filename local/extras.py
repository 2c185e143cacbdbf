"""What a program may add to the local run: an application of its own, and paths beside the gateway's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from local.cloud.resources import Clients, Resources
from local.gateway import Gateway
from local.lambda_runtime.function import Function


class SynthFailed(Exception):
    """The CDK app did not synthesise; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a run that an addition may use."""

    gateway: Gateway
    clients: Clients
    made: Resources
    functions: Sequence[Function]


class Extras(Protocol):
    code_root: Path | None
    """Where all handlers are imported from: sources, not a bundle. None: from where the template says."""
    mappings: tuple[str, ...]
    """Further paths of the stage."""

    @property
    def example_query(self) -> str:
        """What a client of the own application sends along, once its template is read."""
        ...

    async def template(self, context: Mapping[str, str]) -> Path:
        """The own application's template. Raises SynthFailed."""
        ...

    def modules(self, context: Mapping[str, str]) -> tuple[Path, ...]:
        """Further folders from which Python functions import, and which are watched for changes."""
        ...

    def attach(self, app: web.Application, parts: Parts) -> None:
        """Add paths, as far as the template that runs has what they need."""
        ...

    def problem(self) -> str | None:
        """What is wrong with the own application after a change, in one line."""
        ...

    def shown(self, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The fields of a function's log line that the terminal shows; None hides the line."""
        ...

    def listen_command(self, port: int) -> str:
        """A line to paste that shows what the gateway at this port sends."""
        ...

    def publish_command(self, aws_port: int) -> str:
        """A line to paste that puts the example on the bus of the local AWS at this port."""
        ...

    def example_event(self) -> Mapping[str, Any]:
        """An entry of PutEvents to paste, without its bus."""
        ...
