"""Takes a port, or says who has it and what to change."""

import contextlib
import errno
import socket
from pathlib import Path

LISTEN = "0A"


class PortTaken(Exception):
    """The port cannot be had; the message says why, and which setting chooses another."""


def listen(port: int, *, another: str = "") -> list[socket.socket]:
    """Sockets of both loopback families: `localhost` is answered at once whichever a program tries.

    `another` says how to choose another port, `{port}`. Raises PortTaken.
    """
    first = _bound(socket.AF_INET, "127.0.0.1", port, another)
    sockets = [first]
    with contextlib.suppress(OSError):
        sockets.append(_bind(socket.AF_INET6, "::1", first.getsockname()[1]))
    return sockets


def check_free(port: int, *, another: str = "") -> None:
    """Raises PortTaken."""
    if port:
        _bound(socket.AF_INET, "127.0.0.1", port, another).close()


def _bound(family: socket.AddressFamily, host: str, port: int, another: str) -> socket.socket:
    try:
        return _bind(family, host, port)
    except OSError as exc:
        if exc.errno in {errno.EACCES, errno.EPERM}:
            raise PortTaken(
                f"Port {port} is not for this user: ports below 1024 need the administrator's rights. "
                f"Choose another:  {another.format(port=port + 8000)}"
            ) from exc
        raise PortTaken(
            f"Port {port} is taken by {holder(port) or 'another process'}.\n"
            f"  See it:  lsof -nP -iTCP:{port} -sTCP:LISTEN\n"
            f"  Stop it, or choose another port:  {another.format(port=port + 1)}"
        ) from exc


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound


def holder(port: int) -> str | None:
    """Who listens on the port, as far as Linux tells this user."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(descriptor.readlink()) in inodes for descriptor in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"process {process.name} ({command.strip()[:120]})"
    return None


def _listening_inodes(port: int) -> list[str]:
    inodes = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.append(fields[9])
    return inodes
