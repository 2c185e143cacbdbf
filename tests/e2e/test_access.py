"""Who gets into the running system, on what terms, until when: `auth_mode=jwt` and a provider on loopback."""

import argparse
import asyncio
import io
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from ops.stage import Stage
from tests.e2e.system import ANSWER_WITHIN_SECONDS, Client, System
from tests.fakes.issuer import AUDIENCE, ISSUER, Issuer, rsa_key
from tests.token_cases import CASES, Attempt, Case
from tidings.tickets import TicketOffice
from verify.__main__ import verified
from verify.expected_open import EXPECTED_OPEN
from verify.place import find

pytestmark = [pytest.mark.network, pytest.mark.slow]

ORIGIN = "https://app.example.com"


class Provider:
    """Publishes the issuer's keys, unless it is down."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.down = False
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(503 if provider.down else 200)
                self.end_headers()
                self.wfile.write(b"" if provider.down else provider.issuer.jwks())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/jwks.json"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture(scope="module")
def system(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    context = {
        "auth_mode": "jwt",
        "auth_issuer": ISSUER,
        "auth_audience": AUDIENCE,
        "auth_jwks_url": provider.url,
        "connections_per_user": "3",
        "allowed_origins": f"{ORIGIN},https://*.example.org",
    }
    arguments = [word for name, value in context.items() for word in ("--context", f"{name}={value}")]
    started = System.start(tmp_path_factory.mktemp("access"), *arguments)
    yield started
    assert started.stop() == 0


async def now_of(system: System) -> float:
    clock = await system.control("GET", "/_tidings/clock")
    return float(clock["now"])


@asynccontextmanager
async def attempted(system: System, attempt: Attempt) -> AsyncIterator[Client]:
    query = f"?{urlencode(attempt.query, errors='surrogatepass')}" if attempt.query else ""
    async with connect(
        system.guide_url + query,
        additional_headers=attempt.headers,
        subprotocols=[Subprotocol(name) for name in attempt.subprotocols] or None,
        ping_interval=None,
        open_timeout=ANSWER_WITHIN_SECONDS,
    ) as socket:
        yield Client(socket)


async def refused(system: System, attempt: Attempt) -> int:
    with pytest.raises(InvalidStatus) as caught:
        async with attempted(system, attempt):
            pass
    return caught.value.response.status_code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_who_is_let_in_with_what(system: System, provider: Provider, case: Case) -> None:
    attempt = case.attempt(provider.issuer, await now_of(system))
    if case.status_code == 200:
        async with attempted(system, attempt) as client:
            welcome = await client.next_of("system.connected")
            assert welcome["data"]["user_id"] == "ann"
            assert welcome["data"]["authentication"] == "jwt"
            assert client.socket.subprotocol == (attempt.subprotocols[0] if attempt.subprotocols else None)
    else:
        assert await refused(system, attempt) == case.status_code
    await asyncio.to_thread(_no_token_in, system, attempt)


def _no_token_in(system: System, attempt: Attempt) -> None:
    log = system.log.read_text()
    for secret in [value for name, value in attempt.query if name == "token" and len(value) > 40]:
        assert secret not in log


async def token(system: System, provider: Provider, **claims: Any) -> str:
    return provider.issuer.token(now=await now_of(system), **claims)


async def test_a_new_key_is_found_and_known_ones_outlive_the_provider(
    system: System, provider: Provider
) -> None:
    provider.issuer.keys["rsa-2"] = rsa_key("rsa-2")
    await system.advance(31)
    new = await token(system, provider, key_id="rsa-2", sub="rotated")
    async with attempted(system, Attempt([("token", new)])) as client:
        await client.next_of("system.connected")
    provider.down = True
    try:
        async with attempted(system, Attempt([("token", new)])) as client:
            await client.next_of("system.connected")
    finally:
        provider.down = False


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        (ORIGIN, True),
        ("https://any.example.org", True),
        (None, True),
        ("https://evil.test", False),
        ("https://example.org.evil.test", False),
        ("null", False),
    ],
)
async def test_pages_of_other_origins_are_refused(
    system: System, provider: Provider, origin: str | None, *, let_in: bool
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    attempt = Attempt([("token", await token(system, provider, sub="page"))], headers)
    if let_in:
        async with attempted(system, attempt) as client:
            await client.next_of("system.connected")
    else:
        assert await refused(system, attempt) == 403


async def office(system: System) -> TicketOffice:
    names = (await asyncio.to_thread(system.dynamodb.list_tables))["TableNames"]
    [table] = [name for name in names if "Access" in name]
    now = await now_of(system)
    return TicketOffice(system.dynamodb, table=table, now=lambda: now)


async def test_a_ticket_is_good_once(system: System) -> None:
    tickets = await office(system)
    ticket = await asyncio.to_thread(tickets.issue, "tim")
    async with attempted(system, Attempt([("ticket", ticket)])) as client:
        assert (await client.next_of("system.connected"))["data"]["user_id"] == "tim"
    assert await refused(system, Attempt([("ticket", ticket)])) == 401


async def test_a_ticket_is_good_from_its_origin_only(system: System) -> None:
    tickets = await office(system)
    ticket = await asyncio.to_thread(lambda: tickets.issue("tim", origin=ORIGIN))
    elsewhere = {"Origin": "https://other.example.org"}
    assert await refused(system, Attempt([("ticket", ticket)], elsewhere)) == 403
    assert await refused(system, Attempt([("ticket", ticket)], {"Origin": ORIGIN})) == 401


async def test_a_ticket_is_good_for_a_minute(system: System) -> None:
    tickets = await office(system)
    ticket = await asyncio.to_thread(tickets.issue, "tim")
    await system.advance(61)
    assert await refused(system, Attempt([("ticket", ticket)])) == 401


async def closed(client: Client) -> list[dict[str, Any]]:
    """What came until the server closed the connection."""
    told = []
    try:
        while True:
            told.append(await client.next())
    except ConnectionClosed:
        return told


async def test_a_connection_hears_what_its_token_grants(system: System, provider: Provider) -> None:
    granted = await token(system, provider, sub="gwen", channels="jobs")
    async with attempted(system, Attempt([("token", granted), ("channels", "jobs,skills")])) as client:
        assert (await client.next_of("system.connected"))["data"]["channels"] == ["jobs"]
        assert (await client.next_of("system.error"))["data"]["code"] == "forbidden_channel"
        answer = await client.ask(action="subscribe", channel="skills")
        assert answer["data"]["code"] == "forbidden_channel"


async def test_a_connection_ends_with_its_token_unless_it_is_renewed(
    system: System, provider: Provider
) -> None:
    short = await token(system, provider, sub="eve", exp=int(await now_of(system)) + 90)
    async with (
        attempted(system, Attempt([("token", short)])) as ending,
        attempted(system, Attempt([("token", short)])) as renewed,
    ):
        await ending.next_of("system.connected")
        await renewed.next_of("system.connected")
        await system.advance(31)
        for client in (ending, renewed):
            notice = await client.next_of("system.notification")
            assert notice["data"]["code"] == "token_expiring"
        longer = await token(system, provider, sub="eve")
        await renewed.socket.send(f'{{"action": "authenticate", "token": "{longer}"}}')
        answer = await renewed.next_of("system.authenticated", "system.error")
        assert answer["type"] == "system.authenticated"
        await system.advance(60)
        told = await closed(ending)
        assert told[-1]["data"]["code"] == "token_expired"
        assert (await renewed.ask(action="ping"))["type"] == "system.pong"


async def test_a_revoked_user_is_out_and_stays_out(system: System, provider: Provider) -> None:
    old = await token(system, provider, sub="rex")
    async with attempted(system, Attempt([("token", old)])) as client:
        await client.next_of("system.connected")
        await system.put("user.revoked", {}, user_id="rex")
        assert (await closed(client))[-1]["data"]["code"] == "revoked"
    assert await refused(system, Attempt([("token", old)])) == 401
    await system.advance(2)
    async with attempted(system, Attempt([("token", await token(system, provider, sub="rex"))])) as client:
        await client.next_of("system.connected")


async def test_the_newest_of_too_many_connections_wins(system: System, provider: Provider) -> None:
    mine = Attempt([("token", await token(system, provider, sub="max"))])
    async with attempted(system, mine) as first, attempted(system, mine), attempted(system, mine):
        await first.next_of("system.connected")
        async with attempted(system, mine) as newest:
            await newest.next_of("system.connected")
            assert (await closed(first))[-1]["data"]["code"] == "too_many_connections"


async def test_the_suite_finds_every_refusal(system: System, provider: Provider, tmp_path: Path) -> None:
    """What verifies any stage from outside, on one that authenticates."""
    stage = Stage("local", endpoint=system.aws)
    place = await asyncio.to_thread(find, stage, None, {"TIDINGS_GATEWAY_URL": system.gateway})
    asked = argparse.Namespace(
        only=["connecting", "events", "history-of-granted-channels", "security", "limits", "leaving"],
        origin=ORIGIN,
        token=await token(system, provider, sub="verify"),
        source="tests",
        full=False,
        disturb=True,
        quiet=True,
        junit=tmp_path / "junit.xml",
    )
    printed = io.StringIO()
    status = await verified(asked, place, Console(file=printed, width=200))
    assert status == 0, printed.getvalue()
    cases = ET.parse(asked.junit).findall("testcase")  # noqa: S314 - our own file
    skipped = {case.get("name") for case in cases if case.find("skipped") is not None}
    assert skipped <= {"no-user", "channels-with-parameters", *EXPECTED_OPEN}
