"""Random histories of the schedule against a model of a page: what was sent, when, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from shared.domain.countdown import words_for
from shared.domain.deliveries import Scheduled
from shared.domain.schedule import HORIZON_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.timeline import Timeline

KEYS = ("a", "b")
INTERVIEW = "interview"
REMINDED_SECONDS = 15 * 60

# Around what matters: the past, this second, the horizon and its edges, later.
DUE_IN = st.sampled_from([-500, -1, 0, 1, 20, 59, 60, 61, 149, 150, 151, 200, 400, 1000])
AGES = st.sampled_from([0, 0, 0, 1, 5, 70, 300])


class Crash(Exception):
    pass


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a producer says about a key."""

    key: str
    name: str
    event_id: str
    occurred: float
    due: float | None
    """None: what was planned is not to be sent."""

    @property
    def weight(self) -> tuple[float, bool]:
        return self.occurred, self.name == "interview.updated"

    @property
    def message(self) -> str:
        return f"reminder@{self.due}" if self.key == INTERVIEW else self.event_id


@dataclass
class KeyModel:
    """The word that counts, and the copies of what was planned that are on the queue."""

    word: Word | None = None
    heard: set[str] = field(default_factory=set)
    """Ids of the events as weighty as that one."""
    plan: Word | None = None
    unqueued: bool = False
    copies: list[tuple[float, float]] = field(default_factory=list)
    """(when the queue hands it out, the moment it was planned for)"""

    def hear(self, word: Word, now: float) -> None:
        if self.word is not None and word.weight < self.word.weight:
            return
        passed = word.key == INTERVIEW and word.due is not None and word.due < now
        tie = self.word is not None and word.weight == self.word.weight
        if not (tie and word.event_id in self.heard):
            self.word, self.heard = word, {word.event_id} | (self.heard if tie else set())
            if not (passed and self.plan is not None and self.plan.due == word.due):
                self.plan = None if passed or word.due is None else word
                self.unqueued = self.plan is not None
        if word.due is not None and not passed and word.due <= now + HORIZON_SECONDS:
            self.queue(word.due, now, marked=True)

    def tick(self, now: float, *, marked: bool) -> None:
        due = self.plan.due if self.unqueued and self.plan else None
        if due is not None and due <= now + HORIZON_SECONDS:
            self.queue(due, now, marked=marked)

    def queue(self, due: float, now: float, *, marked: bool) -> None:
        self.copies.append((max(due, now), due))
        if marked and self.plan is not None and self.plan.due == due:
            self.unqueued = False

    def handed_out(self, until: float) -> list[tuple[float, Word]]:
        """What is to be sent by then if it was not sent before, with its moment."""
        out = sorted(copy for copy in self.copies if copy[0] <= until)
        self.copies = [copy for copy in self.copies if copy[0] > until]
        plan = self.plan
        return [] if plan is None else [(at, plan) for at, due in out if due == plan.due]


class ScheduleMachine(RuleBasedStateMachine):
    """Keyed messages, and the last reminder of one interview."""

    words: Bundle[Word] = Bundle("words")

    def __init__(self) -> None:
        super().__init__()
        self.timeline = Timeline()
        self.model = {key: KeyModel() for key in (*KEYS, INTERVIEW)}
        self.sent: dict[str, tuple[float, str]] = {}
        self.told = 0
        self.online()

    def online(self) -> None:
        """Connections last two hours, histories longer."""
        self.timeline.system.online("c", Channel.SYSTEM, Channel.INTERVIEWS)

    # What producers do

    @rule(target=words, key=st.sampled_from(KEYS), due_in=DUE_IN, age=AGES)
    def plan_or_move(self, key: str, due_in: int, age: int) -> Word:
        return self.tell(self.word(key, "system.notification", age=age, due_in=due_in))

    @rule(target=words, key=st.sampled_from(KEYS), age=AGES)
    def cancel(self, key: str, age: int) -> Word:
        return self.tell(self.word(key, "schedule.cancelled", age=age))

    @rule(target=words, name=st.sampled_from(["scheduled", "updated"]), due_in=DUE_IN, age=AGES)
    def plan_or_move_interview(self, name: str, due_in: int, age: int) -> Word:
        return self.tell(self.word(INTERVIEW, f"interview.{name}", age=age, due_in=due_in))

    @rule(target=words)
    def confirm_interview(self) -> Word:
        """Something else about it has changed: its moment, which may have passed, is the same."""
        plan = self.model[INTERVIEW].plan
        due = self.timeline.now if plan is None or plan.due is None else plan.due
        return self.tell(
            self.word(INTERVIEW, "interview.updated", age=0, due_in=int(due - self.timeline.now))
        )

    @rule(target=words, age=AGES)
    def cancel_interview(self, age: int) -> Word:
        return self.tell(self.word(INTERVIEW, "interview.updated", age=age))

    @rule(word=words)
    def event_comes_again(self, word: Word) -> None:
        self.tell(word)

    # What the machinery does

    @rule(times=st.integers(1, 2))
    def tick(self, times: int) -> None:
        for _ in range(times):
            self.timeline.tick()
        self.tick_model(marked=True)

    @rule()
    def tick_dies_after_it_queued(self) -> None:
        def die(_handed: Sequence[Scheduled]) -> None:
            raise Crash

        schedule = self.timeline.system.schedule
        vars(schedule)["handed_over"] = die
        try:
            self.timeline.tick()
        except Crash:
            # Whichever page came first is queued; the fake has one.
            pass
        finally:
            del vars(schedule)["handed_over"]
        self.tick_model(marked=False)

    @rule()
    def queue_holds_everything_twice(self) -> None:
        self.timeline.deliver_twice()

    @rule(seconds=st.sampled_from([1, 10, 59, 60, 61, 130, 200, 900]))
    def time_passes(self, seconds: int) -> None:
        self.online()
        until = self.timeline.now + seconds
        self.timeline.run(until, ticking=False)
        self.hand_out(until)

    # What must hold

    @invariant()
    def what_arrived_is_what_the_model_sent(self) -> None:
        assert sorted(self.arrived()) == sorted(self.sent.values())

    def teardown(self) -> None:
        """Let everything come that is still to come, with a tick each minute as it should be."""
        for _ in range(20):
            self.time_passes(int(60 - self.timeline.now % 60))
            self.tick(times=1)
        self.what_arrived_is_what_the_model_sent()

    # How

    def word(self, key: str, name: str, *, age: int, due_in: int | None = None) -> Word:
        self.told += 1
        now = self.timeline.now
        due = None if due_in is None else now + due_in
        return Word(key=key, name=name, event_id=f"e{self.told}", occurred=now - age, due=due)

    def tell(self, word: Word) -> Word:
        data: dict[str, Any] = {}
        detail: dict[str, Any] = {}
        if word.key == INTERVIEW:
            starts = 9_000 if word.due is None else word.due + REMINDED_SECONDS
            data["scheduled_date"] = self.timeline.at(starts)
            if word.name == "interview.updated":
                data["status"] = "cancelled" if word.due is None else "rescheduled"
        else:
            detail["schedule_key"] = word.key
            if word.due is not None:
                data["message"] = word.event_id
                detail["deliver_at"] = self.timeline.at(word.due)
        self.timeline.tell(word.name, data=data, occurred=word.occurred, event_id=word.event_id, **detail)
        self.model[word.key].hear(word, self.timeline.now)
        return word

    def tick_model(self, *, marked: bool) -> None:
        for key in self.model.values():
            key.tick(self.timeline.now, marked=marked)

    def hand_out(self, until: float) -> None:
        for key in self.model.values():
            for at, word in key.handed_out(until):
                self.send(at, word)

    def send(self, at: float, word: Word) -> None:
        said = word.message
        if word.key == INTERVIEW and word.due is not None:
            left_seconds = word.due + REMINDED_SECONDS - at
            if left_seconds <= 0:
                return
            said = f"{said}: {words_for(left_seconds)}"
        self.sent.setdefault(word.message, (at, said))

    def arrived(self) -> list[tuple[float, str]]:
        found = []
        for at, message in self.timeline.arrivals.get("c", []):
            if message["type"] == "system.notification":
                found.append((at, message["data"]["message"]))
            elif message["type"] == "interview.reminder":
                due = float(message["id"].rpartition("@")[2]) - self.timeline.start
                found.append((at, f"reminder@{due}: {message['data']['time_until']}"))
        return found


ScheduleMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, database=None
)
TestSchedule = ScheduleMachine.TestCase
