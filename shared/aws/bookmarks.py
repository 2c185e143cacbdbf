"""Bookmarks in the schedule table, outside its due index."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.app.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Each tick writes them anew; those of work that was given up go.
KEPT_SECONDS = 30 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoBookmarks:
    dynamodb: "DynamoDBClient"
    table: str
    clock: Clock

    def read(self, name: str) -> str | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(name)).get("Item", {})
        return item["place"]["S"] if "place" in item else None

    def write(self, name: str, place: str | None) -> None:
        item = {**_key(name), "expires_at": {"N": str(int(self.clock.now()) + KEPT_SECONDS)}}
        if place is not None:
            item["place"] = {"S": place}
        self.dynamodb.put_item(TableName=self.table, Item=item)


def _key(name: str) -> dict[str, Any]:
    # A reminder's key never begins so: see RESERVED in tidings.reminders.
    return {"schedule_key": {"S": f"bookmark:{name}"}}
