"""One-time tickets for a browser's URL, issued by a backend that knows who its user is.

A token in a URL lasts as long as the token; a ticket is good once, for a minute, for one user on one site.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICKET_SECONDS: Final = 60
# 256 bits: not to be guessed.
_BYTES: Final = 32


class TicketOffice:
    """`table` is the stack's output AccessTable; the right it takes is dynamodb:PutItem on it."""

    def __init__(self, client: "DynamoDBClient", *, table: str, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._now = now

    def issue(
        self,
        user_id: str,
        *,
        origin: str | None = None,
        channels: Sequence[str] | None = None,
        claims: Mapping[str, Any] | None = None,
        valid_until: float | None = None,
    ) -> str:
        """A ticket to connect with as `?ticket=…` within 60 seconds.

        `origin` is the page's, e.g. https://app.example.com; `channels` grant what it may hear: names,
        patterns `orders/*`, denials `!orders/7`; `claims` are what the channels' rules read. It all ends
        at `valid_until` (seconds since the epoch) if that is before its two hours are over.
        """
        if not user_id:
            raise ValueError("a ticket is for a user")
        ticket = secrets.token_urlsafe(_BYTES)
        now = self._now()
        item: dict[str, Any] = {
            # The hash only: who reads the table cannot connect with what is there.
            "access_key": {"S": f"ticket#{hashlib.sha256(ticket.encode()).hexdigest()}"},
            "user_id": {"S": user_id},
            "issued_at": {"N": str(now)},
            "expires_at": {"N": str(int(now) + TICKET_SECONDS)},
        }
        if origin is not None:
            item["origin"] = {"S": origin}
        if channels is not None:
            item["channels"] = {"L": [{"S": name} for name in channels]}
        if claims is not None:
            item["claims"] = {"S": json.dumps(claims)}
        if valid_until is not None:
            item["valid_until"] = {"N": str(int(valid_until))}
        self._client.put_item(TableName=self._table, Item=item)
        return ticket
