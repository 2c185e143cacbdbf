"""Leads a function's connections to AWS to this machine, whichever client makes them.

Runs inside the function's process before its handler is loaded, on the standard library alone.
"""

import json
import os
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

VARIABLE = "_LOCAL_AWS"
HTTP, HTTPS = {80, "80", "http"}, {443, "443", "https"}
HOST = re.compile(
    r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)$|^169\.254\.(?:169\.254|170\.2)$|^fd00:ec2::254$"
)

Place = tuple[str, int]


class Redirect:
    """Where AWS's own host names lead: `https` and `http` are ports of this machine."""

    def __init__(self, *, https: int, http: int, real: list[str], say: Callable[[str], object]) -> None:
        self._ports = {**dict.fromkeys(HTTPS, https), **dict.fromkeys(HTTP, http)}
        self._real = set(real)
        self._say = say
        self._told: set[str] = set()

    def place(self, host: object, port: object) -> Place | None:
        """The local address for a host of AWS; None for every other host. Raises gaierror for other ports."""
        name = host.decode(errors="replace") if isinstance(host, bytes) else host
        if not isinstance(name, str):
            return None
        name = name.lower().rstrip(".")
        if not HOST.search(name) or self._real.intersection(name.split(".")):
            return None
        number = self._ports.get(port)
        if number is None:
            self._tell(name, f"{name} is AWS's: the local run does not let port {port} through")
            raise socket.gaierror(socket.EAI_NONAME, f"{name}:{port} is not reached from the local run")
        self._tell(name, f"{name} is answered by the local run")
        return "127.0.0.1", number

    def install(self) -> None:
        getaddrinfo, connect, connect_ex = (
            socket.getaddrinfo,
            socket.socket.connect,
            socket.socket.connect_ex,
        )

        def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            return getaddrinfo(*(self.place(host, port) or (host, port)), *args, **options)

        def local(address: Any) -> Any:
            pair = isinstance(address, tuple) and len(address) > 1
            return (self.place(*address[:2]) if pair else None) or address

        socket.getaddrinfo = resolve
        socket.socket.connect = lambda self, address: connect(self, local(address))  # type: ignore[method-assign]
        socket.socket.connect_ex = lambda self, address: connect_ex(self, local(address))  # type: ignore[method-assign]

    def _tell(self, name: str, line: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self._say(f"[local run] {line}\n")


def main() -> None:
    given = os.environ.get(VARIABLE)
    if given:
        Redirect(**json.loads(given), say=sys.stdout.write).install()


if __name__ == "__main__":
    main()
