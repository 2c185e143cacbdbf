"""What every function has beside an application's own files, and imports of anything else."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# What of this package goes along to the functions.
DECLARING = (
    "__init__",
    "catalog",
    "channels",
    "declaring",
    "errors",
    "event_types",
    "fields",
    "planned_types",
    "reminders",
    "system",
)
_AVAILABLE = {
    *sys.stdlib_module_names,
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "tidings"),
    *(f"tidings.{name}" for name in DECLARING),
}


def what_functions_lack(
    module: str, file: Path, root: Path, files: Sequence[Path]
) -> Iterator[tuple[Path, str]]:
    """Each import in an application's files of what no function has: the file, and what is wrong with it.

    `module` and `file` are the application's catalogue, `root` the folder of its first package.
    """
    names = [path.relative_to(root).as_posix() for path in files]
    top = module.partition(".")[0]
    if top in _AVAILABLE or top in {"functions", "shared"}:
        yield file, f": the functions have another module {top!r}: name yours otherwise"
        return
    for path in files:
        if path.suffix != ".py":
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError as wrong:
            yield path, f":{wrong.lineno}: SyntaxError: {wrong.msg}"
            return
        for line, name in _imports(tree, path.relative_to(root).parts[:-1]):
            first = name.partition(".")[0]
            lacks = name not in _AVAILABLE if first == "tidings" else first not in _AVAILABLE
            if first == top:
                as_file = name.replace(".", "/")
                lacks = not any(one == f"{as_file}.py" or one.startswith(f"{as_file}/") for one in names)
            if lacks:
                yield path, f":{line}: imports {name}, which the functions do not have"


def _imports(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The line and the full name of each import, those for type checkers excepted."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield node.lineno, ".".join([*above, *([node.module] if node.module else ())])
        yield from _imports(node, package)
