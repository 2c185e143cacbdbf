"""Another version of the code to simulate: a folder, or a git reference that is unpacked for it."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

from simulation.code import ROOT

UNPACKED = ROOT / ".cache/simulation"


def folder_of(version: str) -> Path:
    """The folder with the version's `shared` and `functions`. Exits with a message when there is none."""
    folder = Path(version)
    if (folder / "shared").is_dir():
        return folder.resolve()
    commit = _git("rev-parse", "--verify", "--quiet", f"{version}^{{commit}}").decode().strip()
    if not commit:
        sys.exit(f"{version} is neither a folder with `shared` in it nor a commit of this repository.")
    unpacked = UNPACKED / commit
    if not unpacked.exists():
        archive = _git("archive", commit, "shared", "functions")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(unpacked, filter="data")
    return unpacked


def _git(*words: str) -> bytes:
    # Git from the path, with words of our own and a reference that the developer gave.
    return subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True).stdout  # noqa: S603, S607
