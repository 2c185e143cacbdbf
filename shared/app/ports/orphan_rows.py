"""Rows of connections that are gone."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A row of the subscriptions table, as far as the sweep needs it."""

    topic_shard: str
    connection_id: str
    connected_at: float
    expires_at: float
    own_topics: Sequence[str] = ()
    """On the row among everybody's: its user's topic and its address's, in which the connection has a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    rows: Sequence[TopicRow]
    next_place: str | None
    """None after the last row of the last topic, or of the channel that was asked for."""
    units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundConnections:
    connection_ids: AbstractSet[str]
    units: float
    channels: AbstractSet[str] = frozenset()
    """Their channels with parameters, which cannot be listed otherwise."""


class OrphanRows(Protocol):
    """The rows of all topics, expired ones too, for the sweep. Units are DynamoDB's."""

    def page(self, place: str | None, *, rows: int) -> TopicPage:
        """The rows after a place (None: from the beginning), at most so many, of one shard of one topic.

        Places lead to everybody and to the channels without parameters.
        """

    def page_of(self, channel: str, place: str | None, *, rows: int) -> TopicPage:
        """As `page`, of a channel with parameters."""

    def known(self, connection_ids: Sequence[str], *, ended_before: float) -> FoundConnections:
        """Those of up to 100 connections that have a row of their own, or may have one.

        Not those whose token ended before that moment: a renewal that died may have left rows that outlast
        it.
        """

    def remove(self, rows: Sequence[TopicRow], *, now: float) -> float:
        """Remove these rows; of connections in everybody's topic also the user's and an expired own row."""
