"""Clients of one channel that come back at once, on a simulated clock: throttles, functions, one hot stream.

All connections end at second 0, as when the API itself is replaced. What a connect, a welcome and a question
take of DynamoDB is what `EXACT_COUNTS` says, which a test holds to the real use cases. Waits are those of our
clients (full jitter), of `Batches` and of botocore.
"""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from benchmarks.cost.load import LONG_RUN_SECONDS, MESSAGE_KB, SHORT_RUN_SECONDS
from benchmarks.fan_out.dollars import PUBLISHER_GB
from benchmarks.fan_out.exact_counts import EXACT_COUNTS
from benchmarks.resume.limits import Bucket, Limits
from shared.app.remembered_rows import REMEMBERED_SECONDS
from shared.aws.batches import WAITS_SECONDS
from shared.domain.limits import ANSWER_BYTES, API_GATEWAY_FRAME_BYTES, HISTORY_EVENTS_MAX
from tidings.backoff import full_jitter
from tidings.options import Tuning
from tidings.requests import ASK_AGAIN_SECONDS

MILLION = 1_000_000
TUNING = Tuning()
QUEUE_SECONDS = 0.030
# A run of `default` parses and writes each event: assumed, at 512 MB.
EVENT_SECONDS = 0.0001
SHORT_GB = 0.5
# Of a welcome's heads, that of the channel that everybody has.
HOT_UNITS_OF_WELCOME = 1
# Of a question, the head; the rest are the rows. All are of the same stream.
HEAD_UNITS = 1
# botocore's standard mode: at most four tries, random waits up to 1, 2 and 4 seconds (shared/aws/clients.py).
READ_WAITS_SECONDS = (1.0, 2.0, 4.0)
SQS_REQUESTS = 3


@dataclass
class Resume:
    """`cap_seconds` bounds the wait after a refused handshake.

    `remembers`: whether a run of `default` takes rows that its process has read from memory, as it does.
    """

    missed: list[int]
    """Events, of each client: 0, 10 or 300. Who missed none asks nothing."""
    limits: Limits
    random_of: Callable[[int], Callable[[], float]] = lambda client: Random(client).random  # noqa: S311
    """Of each client. So all scenes have the same luck while they connect."""
    cap_seconds: float = TUNING.retry_cap_seconds
    remembers: bool = True
    now: float = 0.0
    running: int = 0
    welcoming: int = 0
    done_at: dict[int, float] = field(default_factory=dict)
    """When each client is up to date."""
    counts: Counter[str] = field(default_factory=Counter)
    gb_seconds: float = 0.0
    answer_bytes: int = 0

    def __post_init__(self) -> None:
        limits = self.limits
        self._connects = Bucket(limits.connects_per_second, limits.connects_at_once)
        self._messages = Bucket(limits.messages_per_second, limits.messages_per_second)
        self._hot = Bucket(limits.hot_units_per_second, limits.hot_units_per_second)
        # The processes of `default` that have nothing to do: when they read rows, and how many.
        self._idle: list[tuple[float, int]] = []
        self._steps: list[tuple[float, int, Iterator[float]]] = []
        self._started = 0

    def run(self) -> "Resume":
        for client in range(len(self.missed)):
            self._go_on(self._come_back(client), 0.0)
        while self._steps:
            self.now, _, steps = heapq.heappop(self._steps)
            wait_seconds = next(steps, None)
            if wait_seconds is not None:
                self._go_on(steps, wait_seconds)
        assert len(self.done_at) == len(self.missed)
        return self

    def seconds_until(self, share: float) -> float:
        moments = sorted(self.done_at.values())
        return moments[math.ceil(share * len(moments)) - 1]

    @property
    def units(self) -> tuple[float, float]:
        """Read and write units of everything."""
        of_rows = {kind: kind.removeprefix("read rows of ") for kind in self.counts if "read rows" in kind}
        reads = sum(
            self.counts[kind] * (EXACT_COUNTS[f"resume of {events} events"][0] - HEAD_UNITS)
            for kind, events in of_rows.items()
        )
        reads += self.counts["connects"] * EXACT_COUNTS["connect"][0]
        reads += self.counts["welcomes"] * EXACT_COUNTS["its welcome"][0] + self.counts["heads"] * HEAD_UNITS
        writes = self.counts["connects"] * EXACT_COUNTS["connect"][1]
        writes += self.counts["welcomes"] * EXACT_COUNTS["its welcome"][1]
        writes += self.counts["questions"] * EXACT_COUNTS["resume of 10 events"][1]
        return reads, writes

    def dollars(self, prices: Mapping[str, float]) -> float:
        """API Gateway, Lambda, DynamoDB, SQS and transfer; not what clients pay while they are connected."""
        counts, (reads, writes) = self.counts, self.units
        runs = counts["connects"] + counts["welcomes"] + counts["questions"]
        sent_bytes = counts["welcomes"] * MESSAGE_KB * 1_000 + self.answer_bytes
        millions = {
            "message_million": counts["welcomes"] + counts["questions"] + counts["frames of answers"],
            "lambda_request_million": runs,
            "read_unit_million": reads,
            "write_unit_million": writes,
            "sqs_request_million": counts["welcomes"] * SQS_REQUESTS,
        }
        return (
            sum(count / MILLION * prices[price] for price, count in millions.items())
            + self.gb_seconds * prices["lambda_gb_second"]
            + sent_bytes / 1e9 * prices["transfer_gb"]
        )

    def _go_on(self, steps: Iterator[float], wait_seconds: float) -> None:
        self._started += 1
        heapq.heappush(self._steps, (self.now + wait_seconds, self._started, steps))

    def _come_back(self, client: int) -> Iterator[float]:
        attempt, cap_seconds, chance = 0, TUNING.retry_cap_seconds, self.random_of(client)
        while True:
            yield full_jitter(
                attempt,
                base_seconds=TUNING.retry_base_seconds,
                cap_seconds=cap_seconds,
                chance=chance(),
            )
            if self._connects.take(1, self.now) and self.running < self.limits.runs_at_once:
                break
            self.counts["refused connects"] += 1
            attempt, cap_seconds = attempt + 1, self.cap_seconds
        opened_at = self.now
        self.counts["connects"] += 1
        yield from self._run(iter([SHORT_RUN_SECONDS]), SHORT_GB)
        yield QUEUE_SECONDS
        while self.welcoming >= self.limits.publishers:
            yield QUEUE_SECONDS
        self.welcoming += 1
        yield from self._billed(self._welcome(chance), PUBLISHER_GB)
        self.welcoming -= 1
        if self.now - opened_at > TUNING.welcome_timeout_seconds:
            raise AssertionError("the client would have left: this case is not simulated")
        if self.missed[client]:
            self._go_on(self._ask(client, chance), 0.0)
        else:
            self.done_at[client] = self.now

    def _welcome(self, chance: Callable[[], float]) -> Iterator[float]:
        yield from self._read_head(HOT_UNITS_OF_WELCOME, chance)
        self.counts["welcomes"] += 1
        yield LONG_RUN_SECONDS

    def _ask(self, client: int, chance: Callable[[], float]) -> Iterator[float]:
        while client not in self.done_at:
            if self._messages.take(1, self.now) and self.running < self.limits.runs_at_once:
                self._go_on(self._run(self._answer(client, chance), SHORT_GB), 0.0)
            else:
                self.counts["refused messages"] += 1
            yield ASK_AGAIN_SECONDS

    def _answer(self, client: int, chance: Callable[[], float]) -> Iterator[float]:
        """One run of `default`: the admission, the head, and the rows."""
        events = self.missed[client]
        assert 0 < events <= HISTORY_EVENTS_MAX
        # Lambda prefers the process that ended last; a new one remembers nothing.
        read_at, remembered = self._idle.pop() if self._idle else (self.now, 0)
        self.counts["questions"] += 1
        yield from self._read_head(HEAD_UNITS, chance)
        self.counts["heads"] += 1
        if self.now >= read_at + REMEMBERED_SECONDS:
            read_at, remembered = self.now, 0
        units = EXACT_COUNTS[f"resume of {events} events"][0] - HEAD_UNITS
        if events > remembered or not self.remembers:
            if not (yield from self._read_rows(units, chance)):
                # `internal_error`: the client asks again.
                yield SHORT_RUN_SECONDS
                self._idle.append((read_at, remembered))
                return
            self.counts[f"read rows of {events}"] += 1
            read_at, remembered = (read_at if remembered else self.now), events
        yield SHORT_RUN_SECONDS + EVENT_SECONDS * events
        self._idle.append((read_at, remembered))
        size_bytes = min(ANSWER_BYTES, int(units) * 4_096)
        self.answer_bytes += size_bytes
        self.counts["frames of answers"] += math.ceil(size_bytes / API_GATEWAY_FRAME_BYTES)
        self.done_at.setdefault(client, self.now)

    def _read_rows(self, units: float, chance: Callable[[], float]) -> Generator[float, None, bool]:
        """Whether one of botocore's four tries was not refused."""
        for bound_seconds in (*READ_WAITS_SECONDS, None):
            if self._hot.take(units, self.now):
                return True
            self.counts["refused reads"] += 1
            if bound_seconds is not None:
                yield bound_seconds * chance()
        return False

    def _read_head(self, units: float, chance: Callable[[], float]) -> Iterator[float]:
        for wait_seconds in (*WAITS_SECONDS, None):
            if self._hot.take(units, self.now):
                return
            self.counts["refused heads"] += 1
            if wait_seconds is None:
                raise AssertionError("a head was refused eight times: this case is not simulated")
            yield wait_seconds * (1 + chance()) / 2

    def _run(self, steps: Iterator[float], gigabytes: float) -> Iterator[float]:
        """Of those that share the account's concurrency."""
        self.running += 1
        self.counts["most runs"] = max(self.counts["most runs"], self.running)
        yield from self._billed(steps, gigabytes)
        self.running -= 1

    def _billed(self, steps: Iterator[float], gigabytes: float) -> Iterator[float]:
        began = self.now
        yield from steps
        self.gb_seconds += (self.now - began) * gigabytes
