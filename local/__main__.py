"""`python -m local`: the whole system on this machine."""

import asyncio
import importlib.util
import os
import signal
import sys
from typing import cast

from rich.console import Console

from local.cloud.aws_process import AwsNotStarted
from local.cloud.errors import TemplateError
from local.cloud.schedule_expression import ScheduleError
from local.extras import Extras, SynthFailed
from local.gateway import GatewayConfigurationError
from local.ports import PortTaken
from local.real_aws import UnknownService
from local.settings import Settings, parse
from local.start_faults import BadFault
from local.system import AwsEnded, serve

CANNOT_RUN = (
    AwsEnded,
    AwsNotStarted,
    BadFault,
    GatewayConfigurationError,
    PortTaken,
    ScheduleError,
    SynthFailed,
    TemplateError,
    UnknownService,
)


async def _main(settings: Settings, console: Console, extras: Extras | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_or_give_up() -> None:
        if stop.is_set():
            # Asked twice: children notice that their parent is gone.
            os._exit(1)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop_or_give_up)
    serving = asyncio.create_task(serve(settings, console, stop, extras))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    try:
        await serving
    except CANNOT_RUN as exc:
        console.print(str(exc), style="red", markup=False, soft_wrap=True)
        return 1
    return 0


def main(program: str = "python -m local", extras: Extras | None = None) -> None:
    console, extras = Console(highlight=False), extras or _extras()
    settings = parse(sys.argv[1:], program=program, extras=extras)
    sys.exit(asyncio.run(_main(settings, console, extras)))


def _extras() -> Extras | None:
    """This repository's own application; whoever has only the local run has none."""
    if importlib.util.find_spec("local.project") is None:
        return None
    return cast("Extras", importlib.import_module("local.project").Project())


if __name__ == "__main__":
    main()
