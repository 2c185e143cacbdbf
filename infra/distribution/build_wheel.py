"""What goes into the wheel from the repository around it.

The construct's modules become a part of `tidings_cdk`, and say so in their imports: in the process of
somebody's CDK app `infra` and `shared` are that app's own names. What runs in processes of its own, the
functions and the local run, stays as it is, in a folder that only those processes have on their path.
"""

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY), str(Path(__file__).parent)]

from build_template import current, released, write_bundle  # noqa: E402 - found from here on

from infra.bundle import DECLARING, LOCK, PREBUILT, write_packages  # noqa: E402 - as above

PROGRAM = "tidings_cdk/_program"
# Of infra/: what makes the app and the documentation of this repository.
OURS = {"app.py", "cli", "dashboard_picture.py", "distribution", "stack.py", "synthesis.py", "tables.py"}
GENERATED = {"__pycache__", "node_modules"}
RENAMED = re.compile(r"^(\s*)from (derive|infra|shared)\b", flags=re.MULTILINE)
# A wheel of the same sources is the same wheel.
EPOCH = (1980, 1, 1, 0, 0, 0)


def package() -> dict[Path, str]:
    """The files of `tidings_cdk`, relative to the repository, and where each stands in the wheel."""
    own = Path("infra/distribution")
    within = {file: file.relative_to(own).as_posix() for file in _files(str(own / "tidings_cdk"))}
    return within | {file: f"tidings_cdk/{file.as_posix()}" for file in _construct()}


def _construct() -> Iterator[Path]:
    """The modules of the construct, what derives, and the modules of shared/ that they import."""
    found = [file for file in _files("infra") if not OURS & set(file.relative_to("infra").parts)]
    found += _files("derive")
    waiting = list(found)
    while waiting:
        text = (REPOSITORY / waiting.pop()).read_text()
        for module in re.findall(r"^from (shared[\w.]*)", text, flags=re.MULTILINE):
            path = Path(*module.split("."))
            for file in (
                path.with_suffix(".py"),
                *(parent / "__init__.py" for parent in (path, *path.parents)),
            ):
                if (REPOSITORY / file).is_file() and file not in found:
                    found.append(file)
                    waiting.append(file)
    yield from found


def program() -> Iterator[Path]:
    """What processes of their own run, relative to the repository."""
    for folder in ("functions", "shared", "local", "clients/javascript/src"):
        yield from (file for file in _files(folder) if "distribution" not in file.parts)
    yield from map(Path, (*DECLARING, LOCK, "LICENSE"))


def renamed(text: str) -> str:
    return RENAMED.sub(r"\1from tidings_cdk.\2", text)


def _files(folder: str) -> list[Path]:
    return [
        file.relative_to(REPOSITORY)
        for file in sorted((REPOSITORY / folder).rglob("*"))
        if file.is_file() and not GENERATED & set(file.parts)
    ]


class Files(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is nobody's concern
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version
        self._work = TemporaryDirectory()
        included, work = build_data["force_include"], Path(self._work.name)
        for file, name in package().items():
            copy = work / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(renamed((REPOSITORY / file).read_text()))
            included[str(copy)] = name
        for file in program():
            included[str(REPOSITORY / file)] = f"{PROGRAM}/{file.as_posix()}"
        write_archive(work / "packages", work / PREBUILT)
        included[str(work / PREBUILT)] = f"{PROGRAM}/{PREBUILT}"
        tag = f"v{self.metadata.version}"
        write_bundle(work / "template.bundle", {**released(REPOSITORY), tag: current(REPOSITORY)})
        included[str(work / "template.bundle")] = "tidings_cdk/template.bundle"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        del version, build_data, artifact_path
        self._work.cleanup()


def write_archive(folder: Path, archive: Path) -> None:
    """The functions' packages for arm64, as an archive: nobody's Python shall compile or import them."""
    write_packages(folder)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), EPOCH)
                packed.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
