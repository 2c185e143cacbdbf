"""A function's layers: laid over each other in one folder, which stands for /opt.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from local.cloud.code import content_folder
from local.cloud.stack import Resolved, Stack

LAYER = "AWS::Lambda::LayerVersion"


def opt_folder(stack: Stack, function: Resolved, *, scratch: Path) -> Path | None:
    """What the function finds under /opt; None without layers of the template. Raises TemplateError."""
    contents = [
        folder
        for layer in _of_template(stack, function)
        if (folder := content_folder(layer, "Content", scratch=scratch)) is not None
    ]
    if len(contents) <= 1:
        return contents[0] if contents else None
    merged = scratch / f"{function.resource.logical_id}-opt"
    for folder in contents:
        # A later layer's file replaces an earlier one's.
        shutil.copytree(folder, merged, dirs_exist_ok=True, symlinks=True)
    return merged


def elsewhere(stack: Stack, function: Resolved) -> Iterator[str]:
    """ARNs of layers that the template does not hold."""
    present = {layer.identity.ref for layer in stack.of_type(LAYER)}
    yield from (str(arn) for arn in function.get("Layers", []) if arn not in present)


def search_path(opt: Path, runtime: str) -> tuple[Path, ...]:
    """Where the runtime looks for modules in layers, in its order."""
    if runtime.startswith("nodejs"):
        major = re.match(r"nodejs(\d+)", runtime)
        version = f"node{major[1]}" if major else "node"
        found = (opt / "nodejs" / version / "node_modules", opt / "nodejs" / "node_modules")
    else:
        found = (opt / "python" / "lib" / runtime / "site-packages", opt / "python")
    return tuple(folder for folder in found if folder.is_dir())


def _of_template(stack: Stack, function: Resolved) -> Iterator[Resolved]:
    layers = {layer.identity.ref: layer for layer in stack.of_type(LAYER)}
    yield from (layers[arn] for arn in function.get("Layers", []) if arn in layers)
