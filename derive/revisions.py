"""The catalogue of a Git revision, and of the working tree, each read by a process of its own."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from derive import snapshot

# Where this repository keeps the package that declares events; another project has it installed.
_OWN_PACKAGE = "clients/python/src"


class RevisionError(RuntimeError):
    """There is no such revision, or its catalogue cannot be read; the message says which, and why."""


def at_revision(reference: str, module: str, *, below: str = ".") -> dict[str, Any]:
    """Raises RevisionError."""
    if not _git("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", may_fail=True):
        raise RevisionError(f"{reference} is no revision of this repository")
    folder = Path(_git("rev-parse", "--show-toplevel").decode().strip())
    inside = _git("rev-parse", "--show-prefix").decode().strip()
    archive = _git("archive", "--format=tar", f"{reference}^{{commit}}", cwd=folder)
    with tempfile.TemporaryDirectory() as copy:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(copy, filter="data")
        return read(Path(copy, inside), module, below=below, called=f"{module} of {reference}")


def read(folder: Path, module: str, *, below: str = ".", called: str | None = None) -> dict[str, Any]:
    """The catalogue as the module in `below`, a path from this folder, declares it. Raises RevisionError."""
    # Not -m: the program is this one, whatever the revision has.
    command = [sys.executable, "-P", str(Path(snapshot.__file__)), module]
    path = os.pathsep.join(str(folder / one) for one in (below, "", _OWN_PACKAGE) if (folder / one).is_dir())
    done = subprocess.run(  # noqa: S603 - our own interpreter on our own program
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise RevisionError(f"{called or module} cannot be read: {last}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _git(*arguments: str, cwd: Path | None = None, may_fail: bool = False) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False)  # noqa: S603, S607
    if done.returncode != 0 and not may_fail:
        raise RevisionError(done.stderr.decode().strip().splitlines()[0])
    return done.stdout
