"""The API behind the page: publish an event, see who is connected and what became of an event.

Mount it with `app.add_subapp("/_tidings/page", page_app(backend))`.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from local.gateway.loopback import loopback_only

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

SOURCE: Final = "tidings-page"
OPTIONS: Final = ("user_id", "deliver_at", "schedule_key")
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_KEYS: Final = 100
# So long a message that was looked at is hidden from others, so that one look goes through all.
LOOK_SECONDS: Final = 1
QUEUE_BATCHES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBackend:
    events: "EventBridgeClient"
    bus: str
    dynamodb: "DynamoDBClient"
    connections_table: str
    events_table: str
    sqs: "SQSClient"
    rejected_queue_url: str
    connection_ids: Callable[[], Iterable[str]]
    """The connections that are open now, as the gateway knows them."""
    application: Callable[[], Mapping[str, Any]]
    """What the page shows of the application: its channels, and samples of its events."""

    async def publish(self, request: web.Request) -> web.Response:
        """Put an event on the bus as a backend would. What is not valid is for the publisher to reject."""
        try:
            asked = await request.json()
            kind, detail = str(asked["type"]), {"data": asked["data"]}
        except (ValueError, KeyError, TypeError) as exc:
            raise web.HTTPBadRequest(text=f'want {{"type": "…", "data": {{…}}}}: {exc}') from exc
        detail["id"] = asked.get("id") or str(uuid.uuid4())
        detail |= {name: asked[name] for name in OPTIONS if asked.get(name)}
        answer = await asyncio.to_thread(
            self.events.put_events,
            Entries=[
                {
                    "EventBusName": self.bus,
                    "Source": SOURCE,
                    "DetailType": kind,
                    "Detail": json.dumps(detail),
                }
            ],
        )
        if answer["FailedEntryCount"]:
            raise web.HTTPBadGateway(text=f"the bus refused: {answer['Entries'][0].get('ErrorMessage')}")
        return web.json_response({"id": detail["id"]}, status=202)

    async def told_application(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(await asyncio.to_thread(self.application))

    async def connections(self, request: web.Request) -> web.Response:
        """Every open connection, with the user and channels that the connections table holds for it."""
        del request
        ids = list(self.connection_ids())
        keys = [{"connection_id": {"S": connection_id}} for connection_id in ids]
        rows = await asyncio.to_thread(self._rows, self.connections_table, keys)
        known = {row["connection_id"]: row for row in rows}
        listed = [
            {
                "connection_id": connection_id,
                "user_id": known.get(connection_id, {}).get("user_id"),
                "channels": sorted(known.get(connection_id, {}).get("channels", ())),
                "connected_at": known.get(connection_id, {}).get("connected_at"),
            }
            for connection_id in ids
        ]
        return web.json_response({"connections": listed})

    async def system(self, request: web.Request) -> web.Response:
        """What a program needs to know to publish here."""
        del request
        return web.json_response({"bus": self.bus, "aws": self.events.meta.endpoint_url})

    async def receipts(self, request: web.Request) -> web.Response:
        """What became of the events named in `?ids=a,b`; those not heard of are left out."""
        ids = [event_id for event_id in request.query.get("ids", "").split(",") if event_id]
        keys = [
            {"stream": {"S": f"event#{event_id}"}, "offset": {"N": "0"}} for event_id in dict.fromkeys(ids)
        ]
        rows = await asyncio.to_thread(self._rows, self.events_table, keys)
        unheard = set(ids) - {row["stream"].removeprefix("event#") for row in rows}
        rejected = await asyncio.to_thread(self._rejected, unheard) if unheard else {}
        return web.json_response(
            {
                "rejected": rejected,
                "receipts": {
                    row["stream"].removeprefix("event#"): {
                        "finished": bool(row.get("finished")),
                        "receipt": row.get("receipt"),
                    }
                    for row in rows
                },
            }
        )

    def _rejected(self, ids: Collection[str]) -> dict[str, list[str]]:
        """Why some of these events were rejected. Looks at the queue's messages and leaves them there."""
        found: dict[str, list[str]] = {}
        for _ in range(QUEUE_BATCHES):
            messages = self.sqs.receive_message(
                QueueUrl=self.rejected_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=LOOK_SECONDS
            ).get("Messages", [])
            for message in messages:
                rejection = json.loads(message["Body"])
                detail = rejection["content"].get("detail")
                event_id = str(detail.get("id")) if isinstance(detail, dict) else ""
                if event_id in ids:
                    found[event_id] = [str(reason) for reason in rejection["reasons"]]
            if len(messages) < 10 or len(found) == len(ids):  # noqa: PLR2004 - as many as asked for
                break
        return found

    def _rows(self, table: str, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(keys), BATCH_KEYS):
            batch: Any = {table: {"Keys": keys[start : start + BATCH_KEYS], "ConsistentRead": True}}
            while batch:
                answer = self.dynamodb.batch_get_item(RequestItems=batch)
                found += [
                    {name: _plain(value) for name, value in row.items()} for row in answer["Responses"][table]
                ]
                batch = answer.get("UnprocessedKeys")
        return found


def page_app(backend: PageBackend) -> web.Application:
    app = web.Application(middlewares=[loopback_only], client_max_size=256 * 1024)
    app.router.add_post("/publish", backend.publish)
    app.router.add_get("/application", backend.told_application)
    app.router.add_get("/connections", backend.connections)
    app.router.add_get("/receipts", backend.receipts)
    app.router.add_get("/system", backend.system)
    return app


def _plain(value: Any) -> Any:
    """A DynamoDB attribute value as JSON can hold it."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return float(inner)
        case "SS":
            return list(inner)
        case "L":
            return [_plain(item) for item in inner]
        case "M":
            return {name: _plain(item) for name, item in inner.items()}
        case "NULL":
            return None
        case _:
            return inner
