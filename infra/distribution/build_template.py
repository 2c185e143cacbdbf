"""Packs the template of `tidings new` as a git bundle: a commit and a tag for each version.

The same files make the same commits, so a project that was made from one wheel is updated by a later one.
"""

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

TEMPLATE = "infra/distribution/template"
CDK = "cdk.json"
# Of nobody and of no time: whoever builds the wheel, the commits are the same.
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tidings"), ("EMAIL", "tidings"), ("DATE", "2026-01-01T00:00:00Z"))
} | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

Files = Mapping[str, bytes]


def current(repository: Path) -> Files:
    """The template as it stands in the working tree."""
    paths = [repository / CDK, *sorted((repository / TEMPLATE).rglob("*"))]
    return _template(
        {str(path.relative_to(repository)): path.read_bytes() for path in paths if path.is_file()}
    )


def released(repository: Path) -> dict[str, Files]:
    """The template of each tagged version, oldest first; none in a folder without its history."""
    versions = {}
    for tag in _git(repository, "tag", "--list", "v*", "--sort=v:refname", check=False).decode().split():
        packed = _git(repository, "archive", tag, TEMPLATE, CDK, check=False)
        if packed:
            with tarfile.open(fileobj=BytesIO(packed)) as archive:
                files = {one.name: archive.extractfile(one) for one in archive if one.isfile()}
                versions[tag] = _template({name: file.read() for name, file in files.items() if file})
    return versions


def write_bundle(target: Path, versions: Mapping[str, Files]) -> None:
    """`versions`: the files by tag, in the order in which they were released."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        _git(folder, "init", "--quiet", "--initial-branch=main")
        for tag, files in versions.items():
            _git(folder, "rm", "-r", "--quiet", "--ignore-unmatch", ".")
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            _git(folder, "add", "--all", "--force")
            _git(folder, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message", tag)
            _git(folder, "tag", "--force", tag)
        _git(folder, "bundle", "create", "--quiet", str(target.absolute()), "--all")


def _template(files: Files) -> Files:
    """The files as Copier finds them; a project's cdk.json has the feature flags of ours."""
    own = {name.removeprefix(f"{TEMPLATE}/"): text for name, text in files.items() if name != CDK}
    described = {"app": "python app.py", "context": json.loads(files[CDK])["context"]}
    return {**own, f"project/{CDK}": f"{json.dumps(described, indent=2)}\n".encode()}


def _git(folder: Path, *arguments: str, check: bool = True) -> bytes:
    done = subprocess.run(  # noqa: S603 - all of it is ours
        ["git", *arguments],  # noqa: S607 - whichever git there is
        cwd=folder,
        env={**os.environ, **IDENTITY},
        capture_output=True,
        check=check,
    )
    return done.stdout if done.returncode == 0 else b""
