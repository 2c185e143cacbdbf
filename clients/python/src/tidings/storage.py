"""Where positions are kept while the program does not run."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tidings.errors import TidingsError

Positions = Mapping[str, Mapping[str, Any]]


class Storage(Protocol):
    """Keeps JSON. `key` names the server's address and the user. `save` is called at most once a second."""

    def load(self, key: str) -> Positions | None: ...
    def save(self, key: str, positions: Positions) -> None: ...


class FileStorage:
    """One file, for any number of addresses and users, written by one program at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self, key: str) -> Positions | None:
        """Raises TidingsError when the file holds something else, OSError when it cannot be read."""
        positions: Positions | None = self._read().get(key)
        return positions

    def save(self, key: str, positions: Positions) -> None:
        """All or nothing, also when the machine stops meanwhile. Raises as `load`."""
        text = json.dumps({**self._read(), key: positions})
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as exc:
            raise TidingsError(f"{self._path} holds no positions: {exc}. Delete it to begin anew") from exc
        if not isinstance(kept, dict):
            raise TidingsError(f"{self._path} holds no positions. Delete it to begin anew")
        return kept
