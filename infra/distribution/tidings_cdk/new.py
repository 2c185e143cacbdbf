"""`tidings new NAME`: a project with a stack of its own, made from the template that this package carries.

The template is a git bundle with a commit for each version, so that `copier update` can tell what changed.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import distribution, version
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGE = "tidings-cdk"
TEMPLATE = Path(__file__).parent / "template.bundle"
NAME = r"[a-z][a-z0-9-]{0,29}"


class CannotMake(Exception):
    """There will be no project; the message says why."""


def new(given: argparse.Namespace) -> int:
    try:
        folder = make(given.name, Path.cwd(), answers={"version": version(PACKAGE), "wheels": _wheels()})
    except CannotMake as exc:
        print(f"tidings new: {exc}", file=sys.stderr)
        return 1
    print(f"Made {folder.name}/. Next: cd {folder.name} && make run")
    return 0


def make(name: str, within: Path, *, answers: Mapping[str, str], template: Path = TEMPLATE) -> Path:
    """Write the project's folder; `answers` are to the template's other questions. Raises CannotMake."""
    if not re.fullmatch(NAME, name):
        raise CannotMake(
            f"{name!r} is no name for a project: use a-z, 0-9 and '-', at most 30, as in my-shop"
        )
    folder = within / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotMake(f"{name} is here already, and not empty")
    if shutil.which("git") is None:
        raise CannotMake("git is missing: the template is kept in it")
    from copier import run_copy  # noqa: PLC0415 - half a second that a wrong name need not take
    from copier.errors import CopierError  # noqa: PLC0415 - as above

    try:
        run_copy(str(template), folder, data={**answers, "name": name}, defaults=True, quiet=True)
    except (CopierError, ValueError, OSError) as exc:
        raise CannotMake(str(exc).splitlines()[0]) from exc
    return folder


def _wheels() -> str:
    """The folder of the wheel that was installed; empty where it came from an index."""
    origin = json.loads(distribution(PACKAGE).read_text("direct_url.json") or "{}").get("url", "")
    address = urlsplit(origin)
    is_wheel = address.scheme == "file" and address.path.endswith(".whl")
    return str(Path(unquote(address.path)).parent) if is_wheel else ""
