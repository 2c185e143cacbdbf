"""Where a function's code and a layer's content lie: beside the template, or in the template itself."""

import importlib.util
import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved

# CloudFormation writes inline code to a file of this name:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_FILES = {"python": "index.py", "nodejs": "index.js"}
ENDINGS = {"python": (".py", "/__init__.py"), "nodejs": ("", ".js", ".mjs", ".cjs")}
LANGUAGES = ("python", "nodejs", "provided")
"""`provided`: an executable named bootstrap, in whichever language it was written."""
BOOTSTRAP = "bootstrap"


def language_of(found: Resolved) -> str:
    """Raises TemplateError for a runtime that the local run lacks."""
    if found.get("PackageType") == "Image" or "ImageUri" in _parts(found, "Code"):
        raise TemplateError(f"{found.where}: PackageType: the local run has no container images")
    runtime = found.require("Runtime")
    language = next((name for name in LANGUAGES if runtime.startswith(name)), None)
    if language is None:
        raise TemplateError(
            f"{found.where}: Runtime: the local run has no {runtime}, only Python, Node.js and provided"
        )
    return language


def code_folder(found: Resolved, *, scratch: Path) -> Path:
    """The folder that holds the handler. Raises TemplateError."""
    if "ZipFile" in _parts(found, "Code"):
        return _inline(found, scratch / found.resource.logical_id)
    folder = content_folder(found, "Code", scratch=scratch)
    if folder is None:
        raise TemplateError(
            f"{found.where}: Code: it is not beside the template; say where: --code-root FOLDER"
        )
    return folder


def content_folder(found: Resolved, name: str, *, scratch: Path) -> Path | None:
    """What the property `name` points to; archives are unpacked under `scratch`. None when it is elsewhere.

    Raises TemplateError.
    """
    directory, content = found.resource.directory, found.get(name)
    asset = found.resource.metadata.get("aws:asset:path")
    path = (
        asset
        or (content if isinstance(content, str) else None)
        or _in_manifest(found, name)
        or _archive(found, name)
    )
    if path is None or "://" in path:
        return None
    place = (directory / path).resolve()
    if place.is_file() and zipfile.is_zipfile(place):
        return _unpacked(place, scratch / found.resource.logical_id)
    if not place.is_dir():
        raise TemplateError(f"{found.where}: {name}: there is no folder {place}")
    return place


def check_handler(found: Resolved, folder: Path, language: str) -> None:
    """Raises TemplateError when no file can hold the handler."""
    if language == "provided":
        if not os.access(folder / BOOTSTRAP, os.X_OK):
            raise TemplateError(
                f"{found.where}: Runtime: there is no executable {BOOTSTRAP} in {folder}; build it first"
            )
        return
    handler = found.require("Handler")
    if language == "nodejs":
        parent, slash, name = handler.rpartition("/")
        module = f"{parent}{slash}{name.partition('.')[0]}"
    else:
        module = handler.rpartition(".")[0].replace(".", "/")
    if not module:
        raise TemplateError(f"{found.where}: Handler: {handler} is not of the form file.function")
    if any((folder / f"{module}{ending}").is_file() for ending in ENDINGS[language]):
        return
    if language == "python" and importlib.util.find_spec(module.partition("/")[0]) is not None:
        return  # a library's handler, which wraps the function's own
    hint = "; TypeScript must be built first" if (folder / f"{module}.ts").is_file() else ""
    raise TemplateError(f"{found.where}: Handler: there is no file for {handler} in {folder}{hint}")


def _parts(found: Resolved, name: str) -> dict[str, Any]:
    content = found.get(name, {})
    return content if isinstance(content, dict) else {}


def _in_manifest(found: Resolved, name: str) -> str | None:
    """The CDK's own list of assets; it is there also when the template does not name the folders."""
    key = _parts(found, name).get("S3Key")
    for manifest in found.resource.directory.glob("*.assets.json") if key else ():
        for file in json.loads(manifest.read_text()).get("files", {}).values():
            keys = {destination["objectKey"] for destination in file["destinations"].values()}
            if key in keys:
                path: str = file["source"]["path"]
                return path
    return None


def _archive(found: Resolved, name: str) -> str | None:
    """The archive that is to be uploaded, beside the template, as the Serverless Framework puts it."""
    key = Path(str(_parts(found, name).get("S3Key") or "nothing")).name
    return key if (found.resource.directory / key).is_file() else None


def _unpacked(place: Path, folder: Path) -> Path:
    with zipfile.ZipFile(place) as archive:
        archive.extractall(folder)
        for member in archive.infolist():
            # Python's zipfile drops the permissions, without which a bootstrap does not run.
            mode = stat.S_IMODE(member.external_attr >> 16)
            if mode and not member.is_dir():
                (folder / member.filename).chmod(mode | stat.S_IRUSR)
    return folder


def _inline(found: Resolved, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    language = language_of(found)
    if language not in INLINE_FILES:
        raise TemplateError(f"{found.where}: Code: there is no inline code for {found.require('Runtime')}")
    (folder / INLINE_FILES[language]).write_text(found.get("Code")["ZipFile"])
    return folder
