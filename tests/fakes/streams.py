"""Streams in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.streams import HEAD_SECONDS, Head, LogRow


@dataclass
class FakeStreams:
    tops: dict[str, Head] = field(default_factory=dict)
    takers: dict[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, int], LogRow] = field(default_factory=dict)
    _epochs: Iterator[int] = field(default_factory=count)

    def take(
        self, stream: str, taker: str, *, channel: str, now: float, keep_seconds: int, to_inbox: bool = False
    ) -> Head:
        before = self.tops.get(stream)
        if before and self.takers.get(stream) == taker and before.taken_at[0] > now - EVENT_ROW_SECONDS:
            return before
        head = self.use(stream, now=now, keep_seconds=keep_seconds)
        offset = head.offset + 1
        own = stream.startswith("user#")
        self.takers[stream] = taker
        self.tops[stream] = replace(
            head,
            offset=offset,
            previous=head.last_of(channel) if own else offset - 1,
            taken_at=(now, *head.taken_at[:3]),
            least_keep_seconds=min(head.least_keep_seconds, keep_seconds),
            last={**head.last, channel: offset} if own else {},
            inbox=head.inbox + to_inbox,
        )
        taken = self.tops[stream]
        if taken.surplus:
            self.tops[stream] = replace(
                taken,
                last={name: last for name, last in taken.last.items() if name not in taken.surplus},
                last_of_others=max(taken.surplus.values()),
            )
        return taken

    def write(self, stream: str, row: LogRow) -> bool:
        there = self.rows.get((stream, row.offset))
        if there is not None and there.epoch >= row.epoch:
            barred = not row.envelope and there.epoch > row.epoch
            return barred or (there.epoch, there.event_id) == (row.epoch, row.event_id)
        self.rows[stream, row.offset] = row
        return True

    def heads(self, streams: Sequence[str], *, latest: bool = True) -> Mapping[str, Head]:  # noqa: ARG002
        return {one: self.tops[one] for one in streams if one in self.tops}

    def use(self, stream: str, *, now: float, keep_seconds: int) -> Head:
        head = self.tops.get(stream) or Head(
            epoch=f"e{next(self._epochs):04}",
            made_at=now,
            least_keep_seconds=keep_seconds,
            expires_at=0,
            last={},
        )
        self.tops[stream] = replace(head, expires_at=int(now) + keep_seconds + HEAD_SECONDS)
        return self.tops[stream]

    def not_kept(self, stream: str, channel: str) -> None:
        if head := self.tops.get(stream):
            self.tops[stream] = replace(head, not_kept=head.not_kept | {channel})

    def make_anew(self, stream: str, epoch: str, *, now: float, keep_seconds: int) -> Head:
        head = self.tops[stream]
        if head.epoch == epoch:
            fresh = self.use("", now=now, keep_seconds=keep_seconds)
            del self.tops[""]
            self.takers.pop(stream, None)
            self.tops[stream] = replace(
                head,
                epoch=fresh.epoch,
                made_at=now,
                least_keep_seconds=keep_seconds,
                expires_at=fresh.expires_at,
                not_kept=frozenset(),
            )
        return self.tops[stream]

    def read(self, stream: str, *, after: int, until: int, limit: int) -> Sequence[LogRow]:
        there = sorted(offset for name, offset in self.rows if name == stream)
        wanted = [one for one in there if after <= one <= until][:limit]
        if after not in wanted:
            wanted = [*[one for one in there if one < after][-1:], *wanted]
        return [self.rows[stream, one] for one in wanted]

    def read_back(self, stream: str, *, before: int, limit: int) -> Sequence[LogRow]:
        there = sorted((offset for name, offset in self.rows if name == stream), reverse=True)
        return [self.rows[stream, one] for one in there if one < before][:limit]
