"""The page's files, and the JavaScript client it is built on, served as they lie in the repository."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

HERE: Final = Path(__file__).parent
PAGE: Final = HERE / "static"
CLIENT: Final = HERE.parents[1] / "clients/javascript/src"
# Said by us: what the machine's own table says of .js, some browsers refuse to run as a module.
TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}

HEADERS: Final = {
    # Nothing inline, nothing from elsewhere; trusted types make the browser refuse text that would become
    # markup. `ws:` is for browsers that do not count a WebSocket to the page's host as 'self'.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def attach_page(app: web.Application) -> None:
    """Add `/`, `/page/…` and `/client/…`."""
    app.router.add_get("/", _file(PAGE / "index.html"))
    for prefix, folder in (("page", PAGE), ("client", CLIENT)):
        for path in sorted(folder.iterdir()):
            if path.suffix in TYPES:
                app.router.add_get(f"/{prefix}/{path.name}", _file(path))


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    headers = {**HEADERS, "Content-Type": f"{TYPES[path.suffix]}; charset=utf-8"}

    async def send(request: web.Request) -> web.FileResponse:
        del request
        return web.FileResponse(path, headers=headers)

    return send
