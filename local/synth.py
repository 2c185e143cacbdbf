"""Synthesises this project's CDK app for the stage `local`, once for each state of what it is made of."""

import asyncio
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.extras import SynthFailed
from local.settings import REPOSITORY

STAGE = "local"
CACHE = REPOSITORY / ".cache" / "synth"
KEPT = 6
# What infra/ imports besides itself: the declarations of settings and of events.
DECLARATIONS = (
    "shared/declaring.py",
    "shared/settings.py",
    "shared/domain/limits.py",
    "clients/python/src/tidings/*.py",
)


async def template_file(
    context: Mapping[str, str], *, events: Iterable[Path] = (), cache: Path = CACHE
) -> Path:
    """The folder with the template, synthesised now or found in the cache. `events`: their files."""
    full_context = {**context, "stage": STAGE}
    folder = cache / fingerprint(full_context, events)
    if not folder.exists():
        attempt = cache / f"{folder.name}.{os.getpid()}"
        try:
            await _synthesise(full_context, attempt)
            if not folder.exists():
                attempt.rename(folder)
        except OSError as exc:
            raise SynthFailed(
                f"{cache} cannot be written ({exc.strerror}): "
                "give this user the right, or copy the repository to a folder of your own"
            ) from exc
        finally:
            shutil.rmtree(attempt, ignore_errors=True)
        _forget_oldest(cache)
    return folder


def fingerprint(
    context: Mapping[str, str], events: Iterable[Path] = (), *, repository: Path = REPOSITORY
) -> str:
    """Changes with the CDK app, its settings and the libraries it is written with."""
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode())
    declared = [file for name in DECLARATIONS for file in repository.glob(name)]
    sources = sorted([*(repository / "infra").rglob("*.py"), *declared])
    for file in [*sources, repository / "cdk.json", repository / "requirements" / "dev.lock"]:
        digest.update(str(file.relative_to(repository)).encode())
        digest.update(file.read_bytes())
    for file in events:
        digest.update(str(file).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


async def _synthesise(context: Mapping[str, str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Bundling is left out: functions run from their sources here.
    full = json.dumps({**context, "aws:cdk:bundling-stacks": []})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.app"),
        cwd=REPOSITORY,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": full},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise SynthFailed(said.decode(errors="replace").strip())


def _forget_oldest(cache: Path) -> None:
    folders = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
