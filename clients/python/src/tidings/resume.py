"""What a client missed, and how it gets it: decided from what the server says, and the time. Pure."""

from collections.abc import Iterator, Mapping

from tidings.in_order import HOLD_SECONDS, Act, InOrder, move
from tidings.stream import OWN, RETRY_SECONDS, Lane, Message, Stream, lane_of, position_of

RETRY_CAP_SECONDS = 60.0
PAGE_EVENTS = 300
# Asking again may mend these, the last two on the next connection. After any other, the stream is lost.
PASSING = frozenset({"timeout", "rate_limited", "internal_error", "closed", "token_expired", "revoked"})


class Resume(InOrder):
    """Each method takes what happened and returns what is to be done, in this order."""

    @property
    def due(self) -> float | None:
        """When `tick` is wanted; None when nothing waits."""
        times: list[float] = []
        for stream in self._streams.values():
            times += [held.until for held in stream.held.values()]
            if stream.ask_at is not None and stream.question is None and self._can_ask(stream):
                times.append(stream.ask_at)
        return min(times, default=None)

    def welcome(self, data: Message, now: float, *, overlapping: bool = False) -> list[Act]:
        """`overlapping`: the connection before this one still lives, so what is missing may be on its way."""
        self._heard = {str(name) for name in data.get("channels") or ()}
        for stream in self._streams.values():
            heard = self._lanes(stream)
            if stream.question and not all(any(lane is one for one in heard) for lane in stream.covered):
                # The answer will be about fewer channels than were asked about.
                stream.question, stream.ask_at = None, now
            elif stream.unsure_after is not None:
                stream.ask_by(now)
        for name, head in _heads(data):
            known = self._streams.get(name)
            if known and known.epoch == head["epoch"] and not overlapping:
                # Nothing that was heard can be newer than this, unless the server lost what it had.
                ahead = [lane.offset for lane in self._lanes(known) if lane.offset > head["offset"]]
                known.unsure_after = min(ahead, default=known.unsure_after)
            self._compare(
                name,
                head,
                channels=self._heard,
                now=now,
                patience_seconds=HOLD_SECONDS if overlapping else 0,
            )
        return self._done(now)

    def subscribed(self, data: Message, now: float) -> list[Act]:
        channel = str(data.get("channel"))
        patience_seconds = HOLD_SECONDS if channel in self._heard else 0
        self._heard.add(channel)
        for name, head in _heads(data):
            self._compare(name, head, channels={channel}, now=now, patience_seconds=patience_seconds)
        return self._done(now)

    def unsubscribed(self, channel: str, now: float) -> list[Act]:
        self._heard.discard(channel)
        if self._streams.pop(channel, None):
            self._acts.append(Act("position", channel))
        if own := self._streams.get(OWN):
            own.lanes.pop(channel, None)
            own.held = {offset: held for offset, held in own.held.items() if held.lane != channel}
        return self._done(now)

    def heads(self, heads: Mapping[str, int], now: float) -> list[Act]:
        """Where streams stood when the server looked, possibly a while ago."""
        for name, head in heads.items():
            stream = self._streams.get(name)
            if stream and name in self._heard:
                lane = stream.lanes[name]
                lane.top = max(lane.top, head)
                if lane.behind:
                    stream.ask_by(now + HOLD_SECONDS)
        return self._done(now)

    def event(self, message: Message, now: float, *, room: bool = True) -> list[Act]:
        """Without `room` a kept event is left to the history; others are handed over all the same."""
        name = str(message.get("stream"))
        stream = self._streams.get(name)
        numbered = isinstance(message.get("offset"), int) and isinstance(message.get("previous"), int)
        known = stream is not None and lane_of(name, message) in stream.lanes
        # Another epoch's offset moves no position. Which epoch is the stream's now, the next welcome tells.
        if stream and known and numbered and message.get("epoch", stream.epoch) == stream.epoch:
            self._place(name, stream, message, now=now, room=room)
        else:
            self._hand_over(message)
        return self._done(now, name)

    def answer(self, question: Message, data: Message, now: float) -> list[Act]:
        """The server's answer to a question that an `ask` gave; no act when the question is void by now.

        Raises KeyError, TypeError or ValueError when it is not made like an answer.
        """
        name = str(question["stream"])
        stream = self._streams.get(name)
        if stream is None or stream.question is not question:
            return []
        if data["recovered"] is not True or data["epoch"] != stream.epoch:
            reason = str(data.get("reason") or "unknown")
            self._lose(name, reason, epoch=str(data["epoch"]), head=int(data["head"]), now=now)
            return self._done(now)
        through, more, settling = int(data["through"]), data.get("more"), data.get("settling")
        before = [lane.offset for lane in stream.covered]
        for message in data["events"]:
            self._told(name, stream, message, now=now)
        stream.question = None
        move(stream.covered, through)
        stream.unsure_after = through if more or settling else None
        self._drain(name, stream)
        if before != [lane.offset for lane in stream.covered]:
            stream.retry_seconds = RETRY_SECONDS
        if more:
            stream.ask_by(now)
        elif settling:
            stream.ask_by(now + float(settling["retry_after_seconds"]))
        elif "head" in data:
            stream.ends_at(int(data["head"]))
        return self._done(now)

    def refused(self, question: Message, code: str, now: float) -> list[Act]:
        name = str(question["stream"])
        stream = self._streams.get(name)
        if stream is None or stream.question is not question:
            return []
        stream.question = None
        if code not in PASSING:
            del self._streams[name]
            self._acts.append(Act("state_lost", name, reason=code))
            for _, held in sorted(stream.held.items()):
                self._hand_over(held.message)
        return self._done(now)

    def tick(self, now: float, *, room: bool = True) -> list[Act]:
        """The moment has come that `due` told. Without `room`, what waited is left to the history."""
        for name, stream in self._streams.items():
            for offset, held in sorted(stream.held.items()):
                if held.until <= now:
                    del stream.held[offset]
                    if room:
                        stream.lanes[held.lane].early[offset] = held.message["previous"]
                        self._hand_over(held.message, name)
        return self._done(now)

    def _compare(
        self, name: str, head: Message, *, channels: set[str], now: float, patience_seconds: float
    ) -> None:
        """Where the server says that a stream stands, with the position. It tells of these channels alone."""
        epoch, offset, last = str(head["epoch"]), int(head["offset"]), head.get("channels") or {}
        stream = self._streams.setdefault(name, Stream(epoch))
        if stream.epoch != epoch:
            self._lose(name, "epoch", epoch=epoch, head=offset, now=now)
            return
        for lane_name in sorted(channels) if name == OWN else [name]:
            top = int(last.get(lane_name, 0)) if name == OWN else offset
            lane = stream.lanes.setdefault(lane_name, Lane(offset, top=offset))
            lane.top = max(lane.top, top)
            if not lane.behind:
                # Nothing of this channel lies in between.
                lane.offset = lane.top = max(lane.offset, offset)
        if stream.behind:
            stream.ask_by(now + patience_seconds)

    def _lose(self, name: str, reason: str, *, epoch: str, head: int, now: float) -> None:
        """The program needs its state anew; the stream goes on from its head."""
        before = self._streams[name]
        lanes = {*before.lanes, *(self._heard if name == OWN else ())}
        stream = Stream(epoch, {lane: Lane(head, top=head) for lane in sorted(lanes)})
        self._streams[name] = stream
        stream.told = position_of(name, stream)
        self._acts.append(Act("state_lost", name, reason=reason, position=stream.told))
        for _, held in sorted(before.held.items()):
            if reason == "expired":
                self._place(name, stream, held.message, now=now)
            else:
                # Its offset may be one of the epoch before: it must move no position.
                self._hand_over(held.message)

    def _ask(self, name: str, stream: Stream) -> None:
        lanes = self._lanes(stream)
        behind = [lane.offset for lane in lanes if lane.behind]
        if stream.unsure_after is not None:
            # What came meanwhile may have closed the gap in part.
            passed = [lane.offset for lane in lanes if lane.offset >= stream.unsure_after]
            behind.append(min(passed, default=stream.unsure_after))
        after = min(behind)
        if not stream.recovering:
            stream.recovering, stream.recovered_count = True, 0
            self._acts.append(Act("recovering", name))
        stream.covered = [lane for lane in lanes if lane.offset >= after]
        stream.asked_top = max(lane.top for lane in lanes)
        stream.question = {"stream": name, "epoch": stream.epoch, "after": after, "limit": PAGE_EVENTS}
        stream.ask_at = None
        self._acts.append(Act("ask", name, stream.question))

    def _done(self, now: float, only: str | None = None) -> list[Act]:
        """What one input led to. `only`: it was about this stream."""
        for name, stream in self._streams.items():
            if only not in (None, name):
                continue
            if not stream.behind and stream.question is None:
                stream.ask_at = None
                if stream.recovering:
                    stream.recovering = False
                    self._acts.append(Act("recovered", name, recovered_count=stream.recovered_count))
            elif stream.question is None and self._can_ask(stream):
                if stream.ask_at is None:
                    # The last answer did not mend it: what is missing is not there yet.
                    stream.ask_at = now + stream.retry_seconds
                    stream.retry_seconds = min(2 * stream.retry_seconds, RETRY_CAP_SECONDS)
                elif stream.ask_at <= now:
                    self._ask(name, stream)
            position = position_of(name, stream)
            if position != stream.told:
                stream.told = position
                self._acts.append(Act("position", name, position=position))
        acts, self._acts = self._acts, []
        return acts

    def _can_ask(self, stream: Stream) -> bool:
        lanes = self._lanes(stream)
        return any(lane.behind for lane in lanes) or (bool(lanes) and stream.unsure_after is not None)


def _heads(data: Message) -> Iterator[tuple[str, Message]]:
    streams = data.get("streams")
    yield from streams.items() if isinstance(streams, dict) else ()
