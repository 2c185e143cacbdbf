"""Who hears an event, and the topics under which connections are kept."""

from typing import NamedTuple
from zlib import crc32

from shared.domain.connection import Connection
from shared.domain.heartbeats import OFFERED_SECONDS

EVERYBODY = "*"
"""All whose heartbeat is the stage's; `*300` and the like: those who asked for another one."""
EVERYBODY_TOPICS = (EVERYBODY, *(f"{EVERYBODY}{seconds}" for seconds in OFFERED_SECONDS))


class Audience(NamedTuple):
    """A channel's subscribers, or one user's among them on all devices, or every connection."""

    channel: str | None
    """None for everybody."""
    user_id: str | None = None
    share: int = 0
    shares: int = 1
    """Of everybody: the shards of one of so many equal shares."""
    heartbeat_seconds: int | None = None
    """Of everybody: those with this interval; None: with the stage's."""

    @property
    def topic(self) -> str:
        """Under which its connections are read first."""
        if self.channel is None:
            return everybody(self.heartbeat_seconds)
        return self.channel if self.user_id is None else user_topic(self.user_id)

    def shards(self, shards: int) -> list[int]:
        """Which of the topic's shards are to be read."""
        if has_one_shard(self.topic):
            return [0]
        return [shard for shard in range(shards) if shard % self.shares == self.share]


def everybody(heartbeat_seconds: int | None) -> str:
    return EVERYBODY if heartbeat_seconds is None else f"{EVERYBODY}{heartbeat_seconds}"


def has_one_shard(topic: str) -> bool:
    """A user's topic, an address's and that of a channel with parameters: small, and there are many."""
    return topic.startswith("@") or "/" in topic


def user_topic(user_id: str) -> str:
    return f"@user:{user_id}"


def address_topic(address: str) -> str:
    return f"@address:{address}"


def topics_of(connection: Connection) -> list[str]:
    """Everybody's topic, the user's, the address's, and one for each channel."""
    mine = [] if connection.user_id is None else [user_topic(connection.user_id)]
    if connection.address is not None:
        mine.append(address_topic(connection.address))
    return [everybody(connection.heartbeat_seconds), *mine, *sorted(connection.channels)]


def shard_of(connection_id: str, shards: int) -> int:
    """The shard that holds a connection's rows: the same in every process and every release."""
    return crc32(connection_id.encode()) % shards
