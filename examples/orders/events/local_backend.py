"""For the local run only: the page, at /orders."""

from pathlib import Path

from aiohttp import web


def attach(app: web.Application, put: object) -> None:
    page = Path(__file__).parents[1] / "page.html"

    async def show(request: web.Request) -> web.FileResponse:
        return web.FileResponse(page)

    app.router.add_get("/orders", show)
