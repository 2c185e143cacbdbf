"""What ships, with this machine's copies of the packages: those for Lambda do not run here."""

import re
import shutil
from importlib import metadata
from pathlib import Path

from infra.bundle import LOCK, REPOSITORY, prune, write_sources
from tidings import loading


def write_shipped(target: Path) -> None:
    """Fill the folder with the sources, and with the locked packages without what is removed of them."""
    for name in re.findall(r"^([\w.-]+)==", (REPOSITORY / LOCK).read_text(), flags=re.MULTILINE):
        for path in metadata.files(name) or ():
            if ".." not in path.parts and "__pycache__" not in path.parts:
                copy = target / path
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(path.locate()), copy)
    prune(target)
    write_sources(target, loading.find("events"))
