"""Where a function's code lies: a folder or an archive beside the template, or the template itself."""

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved

# CloudFormation writes inline code to a file of this name:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_FILES = {"python": "index.py", "nodejs": "index.js"}
ENDINGS = {"python": (".py", "/__init__.py"), "nodejs": ("", ".js", ".mjs", ".cjs")}


def language_of(found: Resolved) -> str:
    """`python` or `nodejs`. Raises TemplateError for every other runtime."""
    if found.get("PackageType") == "Image" or "ImageUri" in _code(found):
        raise TemplateError(f"{found.where}: PackageType: the local run has no container images")
    runtime = found.require("Runtime")
    language = next((name for name in INLINE_FILES if runtime.startswith(name)), None)
    if language is None:
        raise TemplateError(
            f"{found.where}: Runtime: the local run has no {runtime}, only Python and Node.js"
        )
    return language


def code_folder(found: Resolved, *, directory: Path, scratch: Path) -> Path:
    """The folder that holds the handler; archives and inline code are laid out under `scratch`."""
    asset = found.resource.metadata.get("aws:asset:path")
    code = found.get("Code", {})
    path = asset or (code if isinstance(code, str) else None) or _in_manifest(found, directory)
    if path is None and "ZipFile" in _code(found):
        return _inline(found, scratch / found.resource.logical_id)
    if path is None or "://" in path:
        raise TemplateError(
            f"{found.where}: Code: it is not beside the template; say where: --code-root FOLDER"
        )
    place = (directory / path).resolve()
    if place.is_file() and zipfile.is_zipfile(place):
        folder = scratch / found.resource.logical_id
        with zipfile.ZipFile(place) as archive:
            archive.extractall(folder)
        return folder
    if not place.is_dir():
        raise TemplateError(f"{found.where}: Code: there is no folder {place}")
    return place


def check_handler(found: Resolved, folder: Path, language: str) -> None:
    """Raises TemplateError when no file can hold the handler."""
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


def _code(found: Resolved) -> dict[str, Any]:
    code = found.get("Code", {})
    return code if isinstance(code, dict) else {}


def _in_manifest(found: Resolved, directory: Path) -> str | None:
    """The CDK's own list of assets; it is there also when the template does not name the folders."""
    key = _code(found).get("S3Key")
    for manifest in directory.glob("*.assets.json") if key else ():
        for file in json.loads(manifest.read_text()).get("files", {}).values():
            keys = {destination["objectKey"] for destination in file["destinations"].values()}
            if key in keys:
                path: str = file["source"]["path"]
                return path
    return None


def _inline(found: Resolved, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INLINE_FILES[language_of(found)]).write_text(found.get("Code")["ZipFile"])
    return folder
