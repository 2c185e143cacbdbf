"""The event bus on EventBridge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.envelope import encode
from shared.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "tidings"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBridgeBus:
    client: "Callable[[], EventBridgeClient]"
    """Called at the first event: most invocations have none, and a client costs a cold start time."""
    name: str | None

    def put(self, event_type: str, detail: Mapping[str, Any]) -> None:
        if self.name is None:
            raise TryAgain("EVENT_BUS is not set")
        answer = self.client().put_events(
            Entries=[
                {
                    "EventBusName": self.name,
                    "Source": SOURCE,
                    "DetailType": event_type,
                    "Detail": encode(detail),
                }
            ]
        )
        # A refused entry is no error of the request.
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise TryAgain(f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
