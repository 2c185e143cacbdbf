"""Who hears an event, and the topics under which connections are kept."""

from dataclasses import dataclass
from zlib import crc32

from shared.domain.connection import Connection

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class ChannelAudience:
    """Every subscriber of the channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class UserAudience:
    """One user's connections that are subscribed to the channel, on all devices."""

    user_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class EverybodyAudience:
    """Every connection, whatever it subscribed to: all, or the shards of one of several equal shares."""

    share: int = 0
    shares: int = 1

    def includes(self, shard: int) -> bool:
        return shard % self.shares == self.share


Audience = ChannelAudience | UserAudience | EverybodyAudience


def audience_of(channel: str, user_id: str | None) -> Audience:
    return ChannelAudience(channel) if user_id is None else UserAudience(user_id, channel)


def user_topic(user_id: str) -> str:
    return f"@user:{user_id}"


def topics_of(connection: Connection) -> list[str]:
    """Everybody's topic, the user's, and one for each channel."""
    mine = [] if connection.user_id is None else [user_topic(connection.user_id)]
    return [EVERYBODY, *mine, *sorted(connection.channels)]


def shard_of(connection_id: str, shards: int) -> int:
    """The shard that holds a connection's rows: the same in every process and every release."""
    return crc32(connection_id.encode()) % shards
