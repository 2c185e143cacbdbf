"""Bytecode for the functions, where this machine has their Python.

On Lambda the bundle's folder is read-only: Python would compile every module again at each cold start.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def python_of(version: str) -> str | None:
    """A Python of that version on this machine: bytecode of another one is of no use."""
    for python in filter(None, (sys.executable, shutil.which(f"python{version}"))):
        asked = [python, "-c", "import sys; print('{}.{}'.format(*sys.version_info))"]
        # What is found may be a launcher that has no such Python.
        said = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - a Python
        if said.stdout.strip() == version:
            return python
    return None


def compile_with(python: str, folder: Path) -> None:
    """Write the bytecode beside each module. A module that cannot be compiled ships as source only."""
    command = [
        # The unpacked files have other times than these, so Python must not compare times.
        *(python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"),
        # Without this machine's path: an import puts in where the module is.
        *("-s", str(folder), str(folder)),
    ]
    subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - all of it is ours
