"""Where positions are kept while the program does not run."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tidings.errors import TidingsError

Kept = Mapping[str, Any]
"""The position of each stream, and the ids of the last events, as JSON."""


class Storage(Protocol):
    """`key` names the server's address and the user. `save` is called at most once a second."""

    def load(self, key: str) -> Kept | None: ...
    def save(self, key: str, kept: Kept) -> None: ...


class FileStorage:
    """One file, for any number of addresses and users, written by one program at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self, key: str) -> Kept | None:
        """Raises TidingsError when the file holds something else, OSError when it cannot be read."""
        kept: Kept | None = self._read().get(key)
        return kept

    def save(self, key: str, kept: Kept) -> None:
        """All or nothing, also when the machine stops meanwhile. Raises as `load`."""
        text = json.dumps({**self._read(), key: kept})
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
            every = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as exc:
            raise TidingsError(f"{self._path} holds no positions: {exc}. Delete it to begin anew") from exc
        if not isinstance(every, dict):
            raise TidingsError(f"{self._path} holds no positions. Delete it to begin anew")
        return every
