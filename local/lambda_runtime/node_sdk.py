"""The AWS SDK for JavaScript, which Lambda brings along: installed once, when code asks for it.

`node_sdk/` holds the lock files that pin it.
"""

import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from local.lambda_runtime.node import node

LOCKS = Path(__file__).parent / "node_sdk"
# nodejs18.x was the first with version 3: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
WITH_V2 = re.compile(r"nodejs(\d|1[0-6])\.")
NAMED = re.compile(rb"""["'`]((?:@aws-sdk|@smithy)/[\w.-]+|aws-sdk(?=["'`/]))""")
SOURCES = {".js", ".mjs", ".cjs"}
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

Say = Callable[[str], object]


def sdk_modules(runtime: str, code_root: Path, say: Say) -> Path | None:
    """The node_modules folder of the SDK; None when the code needs nothing of it, or it cannot be had.

    `say` is told when it is installed, and why it cannot be.
    """
    if not missing_packages(code_root):
        return None
    return _installed("v2" if WITH_V2.match(runtime) else "v3", say)


def missing_packages(code_root: Path) -> set[str]:
    """Packages of the SDK that the code names and that do not lie beside it."""
    named = {name.decode() for file in _sources(code_root) for name in NAMED.findall(file.read_bytes())}
    beside = [folder / "node_modules" for folder in (code_root, *code_root.parents)]
    return {name for name in named if not any((folder / name).is_dir() for folder in beside)}


def _sources(code_root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(code_root):
        folders[:] = [name for name in folders if name != "node_modules" and not name.startswith(".")]
        yield from (Path(folder, name) for name in files if Path(name).suffix in SOURCES)


@functools.cache
def _installed(version: str, say: Say) -> Path | None:
    lock = LOCKS / version
    pinned = hashlib.sha256((lock / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = _cache() / f"aws-sdk-{version}-{pinned}"
    if (folder / "node_modules").is_dir():
        return folder / "node_modules"
    say(f"Installing the AWS SDK for JavaScript {version}, which Lambda brings along (once) …")
    problem = _install(lock, folder)
    if problem:
        say(f"NOT RUN  the AWS SDK for JavaScript {version}: {problem}; functions that import it will fail")
        return None
    return folder / "node_modules"


def _install(lock: Path, folder: Path) -> str | None:
    """Returns why it could not be done."""
    npm = _npm()
    if npm is None:
        return "there is no npm to install it with"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "sdk"
        shutil.copytree(lock, fresh)
        environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(  # noqa: S603 - the machine's npm
            [*npm, *INSTALL], cwd=fresh, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = next((line for line in done.stderr.splitlines() if line.strip()), "it said nothing")
            return f"npm could not install it ({said.removeprefix('npm error ').strip()})"
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run has been quicker
                raise
    return None


def _npm() -> list[str] | None:
    """The one that belongs to the Node that runs functions, else the machine's."""
    script = node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    if script.is_file():
        return [str(node()), str(script)]
    found = shutil.which("npm")
    return [found] if found else None


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidings-local"
