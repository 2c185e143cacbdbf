"""The command: its arguments, what it prints, and what it puts on a bus."""

import asyncio
import importlib
import json
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from websockets.asyncio.server import ServerConnection, serve

from events import catalog
from shared.aws.access import DynamoAccess
from tidings.cli import main, parser
from tidings.listen import listen
from tidings.read_inbox import read_inbox

pytestmark = pytest.mark.network
ROOT = Path(__file__).parents[3]

ANALYZED = {
    "job_id": 42,
    "match_score": 85.5,
    "recommendation": "apply_now",
    "strengths": ["\x1b[31mred"],
    "concerns": [],
}


def wire(kind: str, **more: Any) -> str:
    return json.dumps({"type": kind, "timestamp": "2025-11-14T15:00:00Z", **more})


@asynccontextmanager
async def sample_server() -> AsyncIterator[str]:
    async def handler(socket: ServerConnection) -> None:
        assert socket.request is not None
        await socket.send(
            wire("system.connected", data={"connection_id": socket.request.path, "channels": ["jobs"]})
        )
        await socket.send(wire("system.ping", data={}))
        await socket.send(wire("job.analyzed", data=ANALYZED, id="1", channel="jobs"))
        await socket.wait_closed()

    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1/ws"


def hear(*arguments: str) -> int:
    async def session() -> int:
        async with sample_server() as url:
            return await listen(parser(catalog).parse_args(["listen", "--url", url, *arguments]))

    return asyncio.run(session())


def test_listen_prints_a_line_an_event_and_lets_nobody_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert hear("--channels", "jobs", "--user", "user123", "--count", "1") == 0

    printed = capsys.readouterr()
    assert "connected as /api/v1/ws?heartbeat=300&user_id=user123&channels=jobs" in printed.err
    assert printed.out.startswith("15:00:00  job.analyzed")
    assert "match_score 85.5" in printed.out
    assert "\x1b" not in printed.out


def test_listen_json_prints_messages_as_they_came(capsys: pytest.CaptureFixture[str]) -> None:
    assert hear("--json", "--count", "1") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["job.analyzed"]
    assert lines[0]["data"] == ANALYZED


def kept(offset: int) -> dict[str, Any]:
    place = {"stream": "jobs", "offset": offset, "previous": offset - 1}
    return {"type": "job.analyzed", "data": ANALYZED, "id": f"j{offset}", "channel": "jobs", **place}


@asynccontextmanager
async def remembering_server(*, epoch: str = "e1") -> AsyncIterator[str]:
    """It loses its first event on the way, and has an inbox with two items."""
    standing = {"streams": {"jobs": {"epoch": epoch, "offset": 0}}, "inbox": {"last": 2, "unseen": 1}}
    items = [{**kept(1), "inbox": number} for number in (2, 1)]
    answers: dict[str, dict[str, Any]] = {
        "history": {"events": [kept(1)], "through": 2, "head": 2, "recovered": True, "epoch": "e1"},
        "inbox": {"items": items, "unseen": 1, "last": 2, "more": True},
        "seen": {"inbox": 2, "unseen": 0},
    }

    async def handler(socket: ServerConnection) -> None:
        data = {"connection_id": "c1", "channels": ["jobs"], **standing}
        await socket.send(wire("system.connected", data=data))
        await socket.send(json.dumps({"timestamp": "2025-11-14T15:00:00Z", **kept(2)}))
        async for text in socket:
            asked = json.loads(text)
            answer = {**answers[asked["action"]], "request_id": asked["request_id"]}
            await socket.send(wire(f"system.{asked['action']}", data=answer))

    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1/ws"


def with_memory(command: str, *arguments: str, epoch: str = "e1") -> int:
    async def session() -> int:
        async with remembering_server(epoch=epoch) as url:
            channels = ["--channels", "jobs"] if command == "listen" else []
            given = parser(catalog).parse_args(
                [command, "--url", url, "--user", "user123", *channels, *arguments]
            )
            return await (listen if command == "listen" else read_inbox)(given)

    return asyncio.run(session())


@pytest.mark.parametrize("quiet", [False, True])
def test_listen_marks_what_it_recovered_and_says_so_unless_told_to_print_json(
    capsys: pytest.CaptureFixture[str], *, quiet: bool
) -> None:
    assert with_memory("listen", "--count", "2", *(["--json"] if quiet else [])) == 0

    printed = capsys.readouterr()
    if quiet:
        assert [json.loads(line)["id"] for line in printed.out.splitlines()] == ["j1", "j2"]
        assert printed.err == "connecting …\nconnected as c1\n"
    else:
        assert ["recovered" in line for line in printed.out.splitlines()] == [True, False]
        assert printed.err.splitlines()[1:] == [
            "inbox: 1 unseen",
            "connected as c1",
            "reading what was missed of jobs …",
            "recovered 1 event of jobs",
        ]


def test_listen_goes_on_where_it_stopped_and_says_what_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resume = ["--resume", str(tmp_path / "positions.json")]
    (tmp_path / "positions.json").write_text("{}")
    assert with_memory("listen", "--count", "2", "--json", *resume) == 0
    (stored,) = json.loads((tmp_path / "positions.json").read_text()).values()
    assert stored == {"streams": {"jobs": {"epoch": "e1", "offset": 2}}, "ids": ["j1", "j2"]}

    (tmp_path / "positions.json").write_text("nothing")
    assert with_memory("listen", *resume) == 1
    assert "holds no positions" in capsys.readouterr().err


def test_the_inbox_is_printed_newest_first_and_marked_as_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert with_memory("inbox") == 0
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()] == ["2", "1"]
    assert printed.err == "1 unseen; older ones: --before 1\n"

    assert with_memory("inbox", "--json") == 0
    printed = capsys.readouterr()
    assert [json.loads(line)["inbox"] for line in printed.out.splitlines()] == [2, 1]
    assert printed.err == ""

    assert with_memory("inbox", "--seen", "2") == 0
    assert with_memory("inbox", "--seen", "2", "--json") == 0
    assert capsys.readouterr().out == '0 unseen\n{"last": 2, "unseen": 0}\n'


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["listen", "--channels", "jobs,nonsense"], "no channel nonsense"),
        (["publish", "job.analysed", "--data", "{}"], "no event type job.analysed; there are job.created"),
        ([], "required"),
        (["publish", "job.created", "--wait", "soon"], "invalid float value"),
    ],
    ids=["channel", "event type", "nothing", "seconds"],
)
def test_wrong_arguments_are_named(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    printed = capsys.readouterr().err
    assert complaint in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://localhost:1/", "it begins with ws:// or wss://"),
        ("localhost:8000", "it begins with ws:// or wss://"),
        ("ws://", "and a host"),
        ("ws://localhost:99999/", "0-65535"),
    ],
)
def test_an_address_that_is_none_is_one_line(
    url: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", "--url", url]) == 1
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "…" not in line)
    assert complaint in line


@pytest.fixture
def bus() -> Iterator[tuple[str, Any]]:
    """An endpoint with the bus, whose events go to a queue that the test reads."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    events, sqs = boto3.client("events", endpoint_url=endpoint), boto3.client("sqs", endpoint_url=endpoint)
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="tidings-local")
    events.put_rule(Name="all", EventBusName="tidings-local", EventPattern='{"source": [{"prefix": ""}]}')
    events.put_targets(Rule="all", EventBusName="tidings-local", Targets=[{"Id": "queue", "Arn": arn}])

    def heard() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(one["Body"]) for one in found]

    yield endpoint, heard
    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310 - our own address
    urllib.request.urlopen(reset).close()  # noqa: S310 - as above
    server.stop()


def test_publish_puts_the_event_on_the_local_bus(
    bus: tuple[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint, heard = bus
    data = tmp_path / "analyzed.json"
    data.write_text(json.dumps(ANALYZED))

    arguments = ["publish", "job.analyzed", "--user", "user123", "--data", f"@{data}", "--id", "a1"]
    assert main([*arguments, "--endpoint-url", endpoint]) == 0

    (event,) = heard()
    assert event["detail-type"] == "job.analyzed"
    assert event["source"] == "tidings-cli"
    assert event["detail"].pop("sent_at").endswith("Z")
    assert event["detail"] == {"data": ANALYZED, "id": "a1", "user_id": "user123"}
    assert capsys.readouterr().out == "Published job.analyzed a1 to user123\n"


def access_table(endpoint: str) -> Any:
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    dynamodb.create_table(
        TableName="access",
        KeySchema=[{"AttributeName": "access_key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "access_key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def test_ticket_prints_a_ticket_that_lets_its_user_in(
    bus: tuple[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint, _ = bus
    dynamodb = access_table(endpoint)

    assert main(["ticket", "--user", "user123", "--table", "access", "--endpoint-url", endpoint]) == 0

    ticket = capsys.readouterr().out.strip()
    holder = DynamoAccess(dynamodb=dynamodb, table="access").redeem(ticket, now=time.time())
    assert holder is not None
    assert holder.user_id == "user123"


def test_a_ticket_carries_grants_and_claims(bus: tuple[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    endpoint, _ = bus
    dynamodb = access_table(endpoint)
    terms = ["--channels", "jobs, orders/*,!orders/7", "--claims", '{"teams": ["red"]}']
    assert main(["ticket", "--user", "user123", "--table", "access", "--endpoint-url", endpoint, *terms]) == 0
    ticket = capsys.readouterr().out.strip()
    holder = DynamoAccess(dynamodb=dynamodb, table="access").redeem(ticket, now=time.time())
    assert holder is not None
    assert holder.grants == frozenset({"jobs", "orders/*", "!orders/7"})
    assert holder.claims == {"teams": ["red"]}


@pytest.mark.parametrize("claims", ["red", "[1]", "{"])
def test_claims_that_are_no_object_issue_no_ticket(claims: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ticket", "--user", "user123", "--claims", claims])
    assert "--claims" in capsys.readouterr().err


def test_no_ticket_from_no_table(bus: tuple[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    endpoint, _ = bus
    assert main(["ticket", "--user", "user123", "--table", "nowhere", "--endpoint-url", endpoint]) == 1
    assert "No ticket: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("{}", "match_score"),
        ("not json", "--data is no JSON"),
        ("@/nowhere.json", "No such file"),
        (json.dumps(ANALYZED), "no local system answers at http://127.0.0.1:"),
    ],
    ids=["invalid payload", "no JSON", "no file", "no bus"],
)
def test_what_cannot_be_published_is_one_line(
    data: str, complaint: str, capsys: pytest.CaptureFixture[str], unused_tcp_port: int
) -> None:
    endpoint = f"http://127.0.0.1:{unused_tcp_port}"
    assert main(["publish", "job.analyzed", "--data", data, "--endpoint-url", endpoint]) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Not published: ")
    assert printed.err.count("\n") == 1
    assert complaint in printed.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--deliver-at", "tomorrow"], "'tomorrow' is no time: write it as 2025-11-15T13:45:00Z"),
        (["--deliver-at", "2026-01-01T09:00:00"], "no UTC offset"),
        (["--deliver-at", "9999-01-01T09:00:00Z"], "more than 365 days away"),
        (["--deliver-at", "+999999999d"], "outside the calendar"),
        (["--user", ""], "user_id has 0 characters"),
        (["--id", "x" * 129], "id has 129 characters: 1 to 128 are allowed"),
        (["--deliver-at", "+1h", "--wait"], "do not go together"),
    ],
)
def test_what_the_bus_would_reject_later_is_told_now(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", "job.analyzed", "--data", json.dumps(ANALYZED), *options]) == 1
    assert complaint in capsys.readouterr().err


def test_data_that_is_missing_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "job.analyzed"]) == 1
    assert "JSON with job_id, match_score, recommendation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "library", "extra"),
    [
        (["publish", "job.created"], "boto3", "producer"),
        (["ticket", "--user", "user123"], "boto3", "producer"),
        (["completion", "bash"], "shtab", "cli"),
    ],
)
def test_a_missing_library_is_named_with_what_brings_it(
    arguments: list[str],
    library: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in [name for name in sys.modules if name.startswith("tidings.")]:
        if module.rpartition(".")[2] in {"publish", "ticket", "completion", "account", "verdict"}:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)

    assert main(arguments) == 1
    assert capsys.readouterr().err == f"{library} is missing: pip install 'tidings[{extra}]'\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_event_types(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "job.analyzed" in capsys.readouterr().out


BROKEN = """from tidings.catalog import Catalog, Channel, Payload, event
@event("Order Shipped", Channel("orders"))
class OrderShipped(Payload): ...
catalog = Catalog()
"""
ORDERS = """import sys
from tidings.catalog import Catalog, Channel, Id, Payload, event
ORDERS = Channel("orders")
@event("order.shipped", ORDERS)
class OrderShipped(Payload):
    order_id: Id
catalog = Catalog.of(sys.modules[__name__])
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of another project, without this repository on the import path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if Path(one or ".").resolve() != ROOT])
    for module in [name for name in sys.modules if name.partition(".")[0] in {"events", "shop"}]:
        monkeypatch.delitem(sys.modules, module)
    importlib.invalidate_caches()
    return tmp_path


@pytest.mark.parametrize(
    ("files", "options", "complaint"),
    [
        pytest.param(
            {"shop.py": ORDERS},
            ["--events", "shop"],
            "Not published: data.order_id: Input should be a valid integer",
            id="named",
        ),
        pytest.param({"events.py": ORDERS}, [], "Not published: data.order_id: Input", id="the default"),
        pytest.param({}, [], "There is no module events here: name yours with --events", id="none"),
        pytest.param({}, ["--events", "shop"], "events=shop: no such module", id="misnamed"),
        pytest.param(
            {"shop.py": "x = 1"},
            ["--events", "shop"],
            "shop.py: has no `catalog = Catalog.of(…)`",
            id="no catalogue",
        ),
        pytest.param(
            {"events.py": BROKEN}, [], "OrderShipped: 'Order Shipped' is no name", id="wrong declaration"
        ),
        pytest.param({"shop.py": "1/0"}, ["--events", "shop"], "shop.py:1: ZeroDivisionError", id="raises"),
        pytest.param(
            {"shop.py": "import nowhere"},
            ["--events=shop"],
            "shop.py:1: ModuleNotFoundError: No module named 'nowhere'",
            id="lacks",
        ),
    ],
)
def test_publish_checks_with_the_catalogue_that_it_finds(
    files: dict[str, str],
    options: list[str],
    complaint: str,
    elsewhere: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in files.items():
        (elsewhere / name).write_text(text)

    try:
        code = main(["publish", "order.shipped", "--data", '{"order_id": "1"}', *options])
    except SystemExit as ended:
        code = int(str(ended.code))

    printed = capsys.readouterr().err
    assert code in {1, 2}
    assert complaint in printed
    assert printed.count("\n") == 1
