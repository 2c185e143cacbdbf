"""The catalogue of an application, by the name of the module that holds it."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tidings.catalog import Catalog, DeclarationError

DEFAULT = "events"


def load(module: str) -> Catalog:
    """The value `catalog` of the module, which may lie in the current folder.

    Raises DeclarationError when there is no such module, when its import fails, or when it has no catalogue.
    """
    _look_here()
    try:
        found = getattr(import_module(module), "catalog", None)
    except ModuleNotFoundError as error:
        missing = f"{module}.".startswith(f"{error.name}.")
        told = "there is no module of this name here" if missing else f"its import fails: {error}"
        raise DeclarationError(f"{module}: {told}") from error
    except DeclarationError:
        raise
    except Exception as error:
        raise DeclarationError(f"{module}: its import fails: {type(error).__name__}: {error}") from error
    if not isinstance(found, Catalog):
        raise DeclarationError(f"{module}: it has no 'catalog', a value of the class tidings.catalog.Catalog")
    return found


def load_default() -> Catalog:
    """That of the module `events`; an empty one where there is no such module. Raises DeclarationError."""
    _look_here()
    return load(DEFAULT) if find_spec(DEFAULT) else Catalog()


def _look_here() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
