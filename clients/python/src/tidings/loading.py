"""The catalogue of an application: by the name of its module, or the path of its folder or file.

What it lies in goes along to the functions, and no more: its own files, and the `__init__.py` of the packages
above it. So it may import only those, and what every function has.
"""

import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from tidings.catalog import Catalog
from tidings.errors import DeclarationError
from tidings.samples import problem_of
from tidings.system import with_system
from tidings.what_functions_have import DECLARING, what_functions_lack

__all__ = ["DECLARING", "Found", "check", "find", "load", "load_default"]

DEFAULT = "events"
# A stand-in for the application's backend, which the local run starts; no function has it.
LOCAL_BACKEND = "local_backend"
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_HAS_CATALOG = re.compile(r"^catalog\b.*=", re.MULTILINE)
_PASSED_OVER = {"node_modules", "site-packages", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Found:
    """A module that should hold a catalogue. It was not imported yet."""

    module: str
    """As the functions import it: `shop.events`."""
    root: Path
    """The folder with the first of its packages."""

    @property
    def file(self) -> Path:
        path = self.root.joinpath(*self.module.split("."))
        return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")

    @property
    def is_package(self) -> bool:
        return self.file.name == "__init__.py"

    def files(self) -> Iterator[tuple[Path, str]]:
        """What goes along to the functions: each file, and its name below the folder of its packages."""
        *above, _ = self.module.split(".")
        own = self.file.parent.rglob("*") if self.is_package else [self.file]
        inits = (self.root.joinpath(*above[: depth + 1], "__init__.py") for depth in range(len(above)))
        for path in (*inits, *sorted(own)):
            local = self.is_package and path == self.file.with_name(f"{LOCAL_BACKEND}.py")
            needless = local or path.suffix == ".ts" or "__pycache__" in path.parts
            if path.is_file() and not needless:
                yield path, path.relative_to(self.root).as_posix()


def find(events: str) -> Found:
    """Where the module lies: a path from here, or a name in this folder or on Python's path.

    Raises DeclarationError, which names the nearest one that there is.
    """
    path = Path(events)
    if path.exists() and (path.suffix == ".py" or path.joinpath("__init__.py").is_file()):
        return _at(path.resolve())
    if _DOTTED.fullmatch(events):
        for root in dict.fromkeys([Path.cwd(), *(Path(one) for one in sys.path if one)]):
            found = Found(events, root.resolve())
            if found.file.is_file():
                return found
    what = "folder with an __init__.py" if path.is_dir() else "module"
    near = get_close_matches(events, _candidates(Path.cwd()), n=1, cutoff=0)
    raise DeclarationError(f"events={events}: no such {what}{f'. Did you mean {near[0]}?' if near else ''}")


def load(events: str | Found, *, afresh: bool = False) -> Catalog:
    """The value `catalog` of the module; `afresh` reads its files again.

    Raises DeclarationError, in one line that names the file.
    """
    found = events if isinstance(events, Found) else find(events)
    catalog = getattr(_imported(found, afresh=afresh), "catalog", None)
    if not isinstance(catalog, Catalog):
        raise DeclarationError(f"{_shown(found.file)}: has no `catalog = Catalog.of(…)`")
    return catalog


def check(events: str | Found, *, afresh: bool = False) -> tuple[Found, Catalog]:
    """The same with the system's own types, after all that can be said of them before something runs.

    Raises DeclarationError, in one line that names the file.
    """
    found = events if isinstance(events, Found) else find(events)
    files = [path for path, _ in found.files()]
    for path, wrong in what_functions_lack(found.module, found.file, found.root, files):
        raise DeclarationError(f"{_shown(path)}{wrong}")
    application = load(found, afresh=afresh)
    try:
        catalog = with_system(application)
    except DeclarationError as wrong:
        raise DeclarationError(f"{_shown(found.file)}: {wrong}") from wrong
    for type_ in application.types.values():
        where = _shown(Path(sys.modules[type_.payload.__module__].__file__ or found.file))
        try:
            type_.payload.model_rebuild(force=True)
            problem = problem_of(type_)
        except Exception as wrong:
            raise DeclarationError(f"{where}: {type_.name}: {_in_a_line(wrong)}") from wrong
        if problem is not None:
            raise DeclarationError(f"{where}: {problem}")
    return found, catalog


def load_default() -> Catalog:
    """That of the module `events`; an empty one where there is no such module. Raises DeclarationError."""
    try:
        found = find(DEFAULT)
    except DeclarationError:
        return Catalog()
    return load(found)


def _at(path: Path) -> Found:
    """A folder's or a file's module: packages above it belong to its name."""
    names, root = [path.stem if path.suffix == ".py" else path.name], path.parent
    if names == ["__init__"]:
        names, root = [root.name], root.parent
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    module = ".".join(names)
    if not _DOTTED.fullmatch(module):
        raise DeclarationError(f"{_shown(path)}: {module!r} cannot be imported: use letters, digits and _")
    return Found(module, root)


def _candidates(here: Path) -> list[str]:
    """Modules below this folder that seem to hold a catalogue, by name."""
    patterns = ("*.py", "*/*.py", "*/*/*.py")
    return [
        ".".join(
            (path.parent if path.name == "__init__.py" else path.with_suffix("")).relative_to(here).parts
        )
        for pattern in patterns
        for path in sorted(here.glob(pattern))
        if not any(part.startswith(".") or part in _PASSED_OVER for part in path.relative_to(here).parts)
        and _HAS_CATALOG.search(path.read_text(encoding="utf-8", errors="replace"))
    ]


def _imported(found: Found, *, afresh: bool) -> ModuleType:
    """By its file and not by Python's path, which may have another module of the name."""
    known = sys.modules.get(found.module)
    if known is not None and known.__file__ == str(found.file) and not afresh:
        return known
    # A copy: another thread may import meanwhile.
    for name in [one for one in [*sys.modules] if f"{one}.".startswith(f"{found.module}.")]:
        del sys.modules[name]
    names = found.module.split(".")
    try:
        for depth in range(1, len(names) + 1):
            module = _one(Found(".".join(names[:depth]), found.root), last=depth == len(names))
    except DeclarationError as wrong:
        raise DeclarationError(f"{_place(wrong, found)}: {wrong}") from wrong
    except Exception as wrong:
        raise DeclarationError(f"{_place(wrong, found)}: {_in_a_line(wrong)}") from wrong
    return module


def _one(found: Found, *, last: bool) -> ModuleType:
    known = sys.modules.get(found.module)
    if known is not None and (last or found.file.parent.as_posix() in [*getattr(known, "__path__", ())]):
        return known
    if found.file.is_file():
        within = [str(found.file.parent)] if found.is_package else None
        spec = spec_from_file_location(found.module, found.file, submodule_search_locations=within)
        if spec is None or spec.loader is None:
            raise DeclarationError("is no Python file")
        module = sys.modules[found.module] = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[found.module]
            raise
    else:
        module = sys.modules[found.module] = ModuleType(found.module)
        module.__path__ = [str(found.file.parent)]
    above, _, name = found.module.rpartition(".")
    if above:
        setattr(sys.modules[above], name, module)
    return module


def _place(wrong: BaseException, found: Found) -> str:
    """The file and line of the application that an exception came from."""
    if isinstance(wrong, SyntaxError) and wrong.filename:
        return f"{_shown(Path(wrong.filename))}:{wrong.lineno}"
    if isinstance(wrong, DeclarationError) and wrong.module is not None:
        return _shown(Path(sys.modules[wrong.module].__file__ or found.file))
    within = str(found.file.parent)
    frames = [one for one in traceback.extract_tb(wrong.__traceback__) if one.filename.startswith(within)]
    return f"{_shown(Path(frames[-1].filename))}:{frames[-1].lineno}" if frames else _shown(found.file)


def _in_a_line(wrong: BaseException) -> str:
    return f"{type(wrong).__name__}: {str(wrong).partition(chr(10))[0]}"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
