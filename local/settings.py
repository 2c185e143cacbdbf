"""What the local run can be told, on the command line or in the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from local.extras import Extras

REPOSITORY = Path(__file__).parent.parent
DEFAULT_PORT = 8000
DEFAULT_AWS_PORT = 4566
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    port: int = DEFAULT_PORT
    aws_port: int = DEFAULT_AWS_PORT
    template: Path | None = None
    """None: this project's own CDK app."""
    code_root: Path | None = None
    stage: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    ssm: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    mappings: tuple[str, ...] = ()
    max_sandboxes: int = 8
    runtime_client: str = "builtin"
    reload: bool = True
    show_metrics: bool = False
    clock_offset_seconds: float = 0.0
    faults: tuple[Mapping[str, Any], ...] = ()
    seed: int = 0
    real_aws: tuple[str, ...] = ()
    """Services of the real AWS that functions may reach."""
    http_anywhere: bool = False
    ready_file: Path | None = None


def _fault(text: str) -> dict[str, Any]:
    """`bus-duplicate,share=0.5,times=3` as the control API would take it."""
    fault, *options = text.split(",")
    rule: dict[str, Any] = {"fault": fault}
    for name, value in map(_pair, options):
        try:
            rule[name] = (
                int(value) if name == "times" else float(value) if name in {"share", "seconds"} else value
            )
        except ValueError as exc:
            raise argparse.ArgumentTypeError(f"{name} must be a number, not {value!r}") from exc
    return rule


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is for who asks for it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def port_number(text: str) -> int:
    """A TCP port, 0 for a free one. Raises ArgumentTypeError, whose message argparse shows."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: want a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"want NAME=VALUE, not {text!r}")
    return name, value


def parse(
    arguments: Sequence[str],
    environment: Mapping[str, str] = os.environ,
    *,
    program: str = "python -m local",
    extras: Extras | None = None,
) -> Settings:
    """Flags win over the environment. Ends the program with a message for what is wrong.

    Without `extras` there is no application but the template that is given.
    """
    parser = OneLineParser(
        prog=program, description="Run a serverless WebSocket application on this machine."
    )
    add = parser.add_argument
    own = " (default: this project's)" if extras else ""
    add("template", nargs="?" if extras else None, type=Path, help=f"a template, or a cdk.out folder{own}")
    add(
        "--port",
        type=port_number,
        default=environment.get("TIDINGS_PORT", str(DEFAULT_PORT)),
        help="of the gateway; 0 takes a free one (TIDINGS_PORT, default %(default)s)",
    )
    add(
        "--aws-port",
        type=port_number,
        default=environment.get("TIDINGS_AWS_PORT", str(DEFAULT_AWS_PORT)),
        help="of the local AWS; 0 takes a free one (TIDINGS_AWS_PORT, default %(default)s)",
    )
    add("--code-root", type=Path, help="where handlers are imported from (default: the template's assets)")
    add("--stage", help="which stage of the API to serve, when the template has several")
    add(
        "-c",
        "--context",
        type=_pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="for the CDK app",
    )
    add("--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="of the template")
    add(
        "--ssm", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="a parameter that exists"
    )
    add(
        "--secret", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="a secret that exists"
    )
    default = f" (default: {', '.join(extras.mappings)})" if extras else ""
    add(
        "--mapping",
        action="append",
        metavar="PATH",
        help=f"a further path of the stage, / for the root{default}",
    )
    add("--max-sandboxes", type=int, default=8, help="processes per function (default %(default)s)")
    add(
        "--runtime-client",
        choices=["builtin", "awslambdaric"],
        default="builtin",
        help="what runs the handlers: ours, or AWS's own where it is installed",
    )
    add("--no-reload", action="store_true", help="do not watch the code for changes")
    add("--metrics", action="store_true", help="show the metrics that functions emit")
    add("--clock", type=float, default=0.0, metavar="SECONDS", help="start that far in the future")
    add(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME[,share=0.5][,seconds=2][,times=3][,name=…]",
        help="let that go wrong, see docs/local-run.md and docs/local-gateway.md; may be repeated",
    )
    add("--seed", type=int, default=0, help="the same seed gives the same faults (default %(default)s)")
    add(
        "--real-aws",
        action="append",
        default=[],
        metavar="SERVICE",
        help="let functions reach this service of the real AWS, with your credentials, as in bedrock-runtime",
    )
    add(
        "--http-anywhere",
        action="store_true",
        help="let HTTP integrations call other machines than this one",
    )
    add("--ready-file", type=Path, help="write ports and addresses there, as JSON, once all is up")
    given = parser.parse_args(arguments)
    if given.ready_file is not None and not os.access(given.ready_file.absolute().parent, os.W_OK):
        parser.error(f"--ready-file: {given.ready_file.absolute().parent} is no folder that can be written")
    return Settings(
        port=given.port,
        aws_port=given.aws_port,
        template=given.template,
        code_root=given.code_root,
        stage=given.stage,
        context=dict(given.context),
        parameters=dict(given.parameter),
        ssm=dict(given.ssm),
        secrets=dict(given.secret),
        mappings=tuple(
            mapping.strip("/") for mapping in given.mapping or (extras.mappings if extras else ())
        ),
        max_sandboxes=given.max_sandboxes,
        runtime_client=given.runtime_client,
        reload=not given.no_reload,
        show_metrics=given.metrics,
        clock_offset_seconds=given.clock,
        faults=tuple(given.fault),
        seed=given.seed,
        real_aws=tuple(given.real_aws),
        http_anywhere=given.http_anywhere,
        ready_file=given.ready_file,
    )
