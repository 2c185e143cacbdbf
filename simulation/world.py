"""One history's world: the functions, the services between them, the clients and the producers, joined."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from simulation.access import Access, TrustingTokens
from simulation.chance import Chance
from simulation.clients import Client
from simulation.clock import SimulatedClock
from simulation.code import Version, modules_restored
from simulation.course import Course
from simulation.entropy import drawn_from
from simulation.faults import Faults
from simulation.following import Following
from simulation.gateway import Connection, Gateway, disconnect_event
from simulation.hub import Hub
from simulation.lambdas import Lambdas
from simulation.memory.sqs import Message
from simulation.plan import Plan
from simulation.planning import Planning
from simulation.producers import Producers
from simulation.sender import SimulatedSender
from simulation.sources import Bus, EventSource
from simulation.storage import TABLES, URL, Storage
from simulation.unseen import ToldUnseen

ON_PURPOSE = ("TidingsError", "ClientError", "BotoCoreError")
# How long a deployment takes to point all aliases to the new version.
DEPLOYMENT_SECONDS = 40.0
# The channels of which some histories keep little.
SHORT_LIVED = frozenset({"jobs", "applications", "recommendations"})
SETTINGS: dict[str, Any] = {
    "stage": "simulation",
    **{f"{name}_table": name for name in TABLES},
    "delivery_queue_url": f"{URL}delivery",
    "parts_queue_url": f"{URL}parts",
    "rejected_queue_url": f"{URL}rejected",
    "ws_endpoint": "https://api.test/simulation",
    "topic_shards": 2,
    "heartbeat_seconds": 60,
    "posts_per_second": 1000,
    "auth_issuer": "https://issuer.test/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.test/jwks.json",
}


class World:
    def __init__(self, plan: Plan, versions: Sequence[Version]) -> None:
        self.plan = plan
        self.versions = versions
        self.settings = SETTINGS | dict(plan.settings)
        self.chance = Chance(plan.seed)
        self.hub = Hub(plan.begins_at)
        self.faults = Faults(chance=self.chance, rates=plan.rates, kept=plan.kept_faults)
        self.lines: list[tuple[Any, ...]] = []
        self.started: set[Version] = set()
        """The versions that an invocation ran on."""
        self.problems: list[tuple[str, str]] = []
        """(key, exception) of each invocation and each queue message that failed."""
        self.surprises: list[tuple[str, str]] = []
        """Those that nobody raises on purpose."""
        self.unseen: list[tuple[str, float]] = []
        """What the functions put on the bus: the id of each event that was not seen, and when."""
        self.heads_lost: list[tuple[float, str]] = []
        self.rows_deleted: list[dict[str, Any]] = []
        """Of streams, before their last day."""
        self.kept_rows: dict[str, list[Any]] | None = None
        self.kept_words: frozenset[str] | None = None
        self.pongs = self.chance.happens(0.2, "pongs")
        self.storage = Storage(self.hub, self.faults, versions, self._sent)
        self.gateway = Gateway(hub=self.hub, faults=self.faults, disconnected=self._disconnected)
        self.lambdas = Lambdas(
            hub=self.hub,
            chance=self.chance,
            start=self._start,
            version_of=self._version_of,
            ended=self._ended,
        )
        self.bus = Bus(hub=self.hub, chance=self.chance, faults=self.faults, lambdas=self.lambdas)
        self.sources = {
            "delivery": self._source("delivery", batch_size=10, at_once=5),
            "parts": self._source("parts", batch_size=1, at_once=2),
        }
        self.producers = Producers(self)
        self.planning = Planning(self)
        self.access = Access(self)
        self.clients = {name: Client(self, name, user, list(wish)) for name, user, wish in plan.clients}
        for name in plan.followers:
            self.clients[name].following = Following(self.clients[name])
        self.short_lived = SHORT_LIVED
        self.course = Course(self)
        self._settings = {version: version.settings(**self.settings) for version in versions}
        for version in versions:
            version.log.told = self._logged

    def run(self) -> None:
        with self._on_its_own():
            self.course.run()

    def run_return(self) -> None:
        with self._on_its_own():
            self.course.run_return()
        self.kept_words = self.kept_rows = None

    def run_day_after(self) -> None:
        with self._on_its_own():
            self.course.run_day_after()

    # What happens to streams

    def lose_head(self, stream: str) -> None:
        events = self.storage.memory.tables["events"]
        key = events.key_of({"stream": {"S": stream}, "offset": {"N": "0"}})
        if events.replace(key, None, now=self.hub.now) is not None:
            self.heads_lost.append((self.hub.now, stream))

    def delete_expired(self, number: int) -> None:
        """TTL deletes in any order, and not all at once."""
        events = self.storage.memory.tables["events"]
        for item in list(events.items()):
            stream, offset = item["stream"]["S"], item["offset"]["N"]
            if (
                stream.startswith("channel#")
                and offset != "0"
                and float(item["expires_at"]["N"]) < self.hub.now
                and self.chance.happens(0.6, f"{number} deletes {stream} {offset}")
            ):
                self.rows_deleted.append(item)
                events.replace(events.key_of(item), None, now=self.hub.now)

    # What is told

    def record(self, *facts: Any) -> None:
        self.lines.append((round(self.hub.now - self.plan.begins_at, 3), *facts))

    def digest(self) -> str:
        """The same for the same seed, in every process and on every machine."""
        lines = "\n".join(repr(line) for line in self.lines)
        return hashlib.blake2b(lines.encode(), digest_size=8).hexdigest()

    def _ended(self, function: str, key: str, problem: BaseException | None) -> None:
        self.record("ended", function, key, type(problem).__name__)
        if isinstance(problem, Exception):
            self._failed(key, problem)
        if problem is None and function == "scheduler":
            self.planning.ended(key)

    def _failed(self, key: str, problem: BaseException) -> None:
        self.problems.append((key, f"{type(problem).__name__}: {problem}"))
        if not any(base.__name__ in ON_PURPOSE for base in type(problem).__mro__):
            self.surprises.append((key, repr(problem)))

    def _logged(self, message: str, more: dict[str, Any]) -> None:
        task = self.hub.task
        self.record("log", message, more.get("id") or more.get("subject"), task.key if task else "")

    # Joining

    @contextmanager
    def _on_its_own(self) -> Iterator[None]:
        with modules_restored(self.versions), drawn_from(self.plan.seed, self.hub):
            yield

    def _source(self, name: str, *, batch_size: int, at_once: int) -> EventSource:
        return EventSource(
            hub=self.hub,
            chance=self.chance,
            faults=self.faults,
            lambdas=self.lambdas,
            queue=self.storage.queues[name],
            batch_size=batch_size,
            at_once=at_once,
        )

    def _sent(self, queue: str, message: Message) -> None:
        if queue in self.sources:
            self.sources[queue].sent(message)

    def _start(self, function: str, version: Version) -> Any:
        self.started.add(version)
        sender = SimulatedSender(
            hub=self.hub,
            faults=self.faults,
            gateway=self.gateway,
            posted=version.posted,
        )
        return version.start(
            function,
            self._settings[version],
            failed=self._failed,
            clock=SimulatedClock(self.hub, self.faults),
            sender=sender,
            tokens=TrustingTokens(),
            **version.catalog(SHORT_LIVED, self.plan.keep_seconds),
            **({"bus": ToldUnseen(self)} if version.has_port("bus") else {}),
            **version.clients(dynamodb=self.storage.dynamodb, sqs=self.storage.sqs),
        )

    def _version_of(self, function: str) -> Version:
        """Aliases flip one by one during a deployment."""
        if len(self.versions) == 1:
            return self.versions[0]
        flips_at = self.plan.begins_at + self.chance.between(0, DEPLOYMENT_SECONDS, f"deploy {function}")
        return self.versions[self.hub.now >= flips_at]

    def _disconnected(self, connection: Connection, because: str) -> None:
        event = disconnect_event(connection, because)
        key = f"{connection.connection_id}x{int(self.hub.now)}"
        self.lambdas.invoke("disconnect", event, key=key, done=lambda _result, _problem: None)
