"""Hooks of the documentation site: pages that live outside docs/, and links that leave it."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
# Address in the site, and where the repository keeps it.
PAGES = {"index.md": ROOT / "README.md", "changelog.md": ROOT / "CHANGELOG.md"}
ICON = ROOT / "local/web/static/icon.svg"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    for name, source in PAGES.items():
        text = source.read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    files.append(File.generated(config, "site/icon.svg", abs_src_path=str(ICON)))
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """A link to a file of the repository becomes its name: the site does not hold it."""
    folder = Path(page.file.src_uri).parent

    def kept(found: re.Match[str]) -> str:
        words, target, _fragment = found.groups()
        inside = Path(*_normal(folder / target))
        if files.get_file_from_path(inside.as_posix()) is not None:
            return found.group(0)
        return words

    return LINK.sub(kept, markdown)


def _normal(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return parts or ["."]
