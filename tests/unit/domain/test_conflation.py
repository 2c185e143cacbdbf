"""Conflation windows: which event of a key is sent, held, dropped."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.conflation import Decision, Verdict, Window, arrive, leave, rejoin, release
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from tests.fakes.catalog import CATALOG

NOW = 1_763_132_400.0
WINDOW_SECONDS = 2
LEASE_SECONDS = 60


def event(event_id: str, moment: float) -> AcceptedEvent:
    """Sent so many seconds after NOW."""
    return AcceptedEvent(
        id=event_id,
        type=CATALOG["job.analyzing"],
        data={"job_id": 42},
        user_id=None,
        occurred_at=int(NOW + moment),
        ordered_at=NOW + moment,
    )


@dataclass
class Key:
    """One key, as its publishers and its queue see it. Moments are seconds after NOW."""

    window: Window | None = None
    invocations: int = 0
    asked: list[float] = field(default_factory=list)
    """When the held event is to be asked for."""

    def lease(self, at: float) -> Lease:
        self.invocations += 1
        return Lease(f"i{self.invocations}", NOW + at + LEASE_SECONDS)

    def arrive(self, event_id: str, moment: float, *, at: float, dies: bool = False) -> Verdict:
        """`dies`: its invocation does, before it is done with posting."""
        lease = self.lease(at)
        decision = arrive(
            self.window, event(event_id, moment), lease=lease, window_seconds=WINDOW_SECONDS, now=NOW + at
        )
        self._keep(decision)
        if decision.verdict is Verdict.SEND and not dies:
            self.window = leave(self.window, event_id, owner=lease.owner, is_sent=True)
        return decision.verdict

    def release(self, *, at: float, dies: bool = False) -> str | None:
        """The id of the event that is sent."""
        lease = self.lease(at)
        decision = release(self.window, lease=lease, window_seconds=WINDOW_SECONDS, now=NOW + at)
        self._keep(decision)
        if decision.event is None:
            return None
        if not dies:
            self.window = leave(self.window, decision.event.id, owner=lease.owner, is_sent=True)
        return decision.event.id

    def _keep(self, decision: Decision) -> None:
        self.window = decision.window
        if decision.release_at is not None:
            self.asked.append(decision.release_at - NOW)


def test_the_first_goes_at_once_and_the_newest_of_the_others_at_the_windows_end() -> None:
    key = Key()
    assert key.arrive("1", 0, at=0) is Verdict.SEND
    assert key.arrive("2", 0.5, at=0.5) is Verdict.HOLD
    assert key.arrive("3", 1, at=1) is Verdict.HOLD
    assert key.asked == [2]
    assert key.release(at=2) == "3"
    assert key.release(at=2) is None
    assert key.arrive("4", 3, at=3) is Verdict.HOLD
    assert key.release(at=3.5) is None
    assert key.asked == [2, 4, 4]
    assert key.release(at=4) == "4"
    assert key.arrive("5", 7, at=7) is Verdict.SEND


@pytest.mark.parametrize(
    ("arrivals", "sent_first", "sent_last"),
    [
        pytest.param([("1", 0), ("2", 0.1)], "1", "2", id="in order"),
        pytest.param([("2", 0.1), ("1", 0)], "2", None, id="swapped"),
        pytest.param([("1", 0), ("3", 0.2), ("2", 0.1)], "1", "3", id="swapped while one is held"),
        pytest.param([("1", 0), ("2", 0.1), ("1", 0)], "1", "2", id="the first again"),
        pytest.param([("1", 0), ("2", 0.1), ("2", 0.1)], "1", "2", id="the held one again"),
        pytest.param([("1", 0), ("2", 0), ("1", 0)], "1", "2", id="of one moment: as they arrive"),
        pytest.param([("1", 0), ("2", 0), ("3", 0), ("2", 0)], "1", "3", id="of one moment, one again"),
    ],
)
def test_the_last_that_was_sent_by_producers_is_the_last_one_shown(
    arrivals: list[tuple[str, float]], sent_first: str, sent_last: str | None
) -> None:
    key = Key()
    sent = [one for one, moment in arrivals if key.arrive(one, moment, at=0.5) is Verdict.SEND]
    assert sent[0] == sent_first
    assert set(sent[1:]) <= {sent_first}
    assert key.release(at=3) == sent_last


def test_a_retried_event_does_not_go_out_after_its_successor() -> None:
    key = Key()
    assert key.arrive("1", 0, at=0) is Verdict.SEND
    assert key.arrive("2", 3, at=3, dies=True) is Verdict.SEND
    assert key.arrive("3", 4, at=4) is Verdict.HOLD
    # Until its lease is over, the invocation that died might be posting.
    assert key.release(at=5) is None
    assert key.release(at=64) == "3"
    assert key.arrive("2", 3, at=65) is Verdict.DROP


def test_nobody_posts_a_newer_event_while_an_older_one_is_under_way() -> None:
    key = Key()
    key.arrive("1", 0, at=0, dies=True)
    assert key.arrive("2", 5, at=5) is Verdict.HOLD
    assert key.release(at=6) is None
    assert key.arrive("1", 0, at=7) is Verdict.SEND  # its retry
    assert key.release(at=8) is None
    assert key.release(at=63) == "2"


@pytest.mark.parametrize("dies_at", ["before the queue was asked", "while it was sent"])
def test_the_next_event_releases_what_was_left_behind(dies_at: str) -> None:
    key = Key()
    key.arrive("1", 0, at=0)
    key.arrive("2", 1, at=1)
    if dies_at == "while it was sent":
        assert key.release(at=2, dies=True) == "2"
    key.asked.clear()  # what was asked for is lost
    assert key.arrive("3", 1.5, at=1.5 if dies_at != "while it was sent" else 3) is Verdict.HOLD
    assert key.arrive("1", 0, at=200) is not Verdict.HOLD
    assert key.asked
    assert key.release(at=max(200, key.asked[-1])) == "3"


def test_a_later_event_goes_out_itself_where_a_release_was_lost() -> None:
    key = Key()
    key.arrive("1", 0, at=0)
    key.arrive("2", 1, at=1)
    assert key.arrive("3", 3600, at=3600) is Verdict.SEND
    assert key.release(at=3601) is None


def test_what_is_held_while_another_is_being_sent_is_asked_for() -> None:
    key = Key()
    key.arrive("1", 0, at=0)
    key.arrive("2", 1, at=1)
    assert key.release(at=2, dies=True) == "2"
    assert key.arrive("3", 2.5, at=2.5) is Verdict.HOLD
    assert key.asked == [2, 4]


def test_a_part_of_an_event_goes_on_until_a_newer_one_goes_out() -> None:
    key = Key()
    key.arrive("1", 0, at=0)
    assert rejoin(key.window, "1", lease=key.lease(1), now=NOW + 1).verdict is Verdict.SEND
    key.arrive("2", 5, at=5)
    assert rejoin(key.window, "1", lease=key.lease(6), now=NOW + 6).verdict is Verdict.DROP
    assert rejoin(None, "1", lease=key.lease(6), now=NOW + 6).verdict is Verdict.SEND


def test_a_write_carried_out_twice_finds_its_own_lease_and_goes_on() -> None:
    """Between the two, another event may have been held: the window is not what was written."""
    key = Key()
    key.arrive("1", 0, at=0)
    key.arrive("2", 1, at=1)
    lease = key.lease(2)
    first = release(key.window, lease=lease, window_seconds=WINDOW_SECONDS, now=NOW + 2)
    key.window = first.window
    key.arrive("3", 2, at=2.1)
    again = release(key.window, lease=lease, window_seconds=WINDOW_SECONDS, now=NOW + 2.2)
    assert again.verdict is Verdict.WAIT
    assert again.window is not None
    assert lease.owner not in again.window.running
    key.window = again.window
    assert key.release(at=4) == "3"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "again", "release", "pass"]),
        st.integers(0, 5),
        st.sampled_from([0.0, 0.3, 1.0, 2.5, 70.0]),
        st.booleans(),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_the_newest_event_is_the_last_one_let_through(
    steps: list[tuple[str, int, float, bool]],
) -> None:
    key, at, newest = Key(), 0.0, -1
    shown: list[int] = []
    for kind, number, seconds, dies in steps:
        at += seconds
        if kind == "arrive":
            newest += 1
        of = newest if kind == "arrive" else min(number, newest)
        if kind in ("arrive", "again") and of >= 0:
            if key.arrive(str(of), of / 100, at=at, dies=dies) is Verdict.SEND:
                shown.append(of)
        elif kind == "release" and (sent := key.release(at=at, dies=dies)) is not None:
            shown.append(int(sent))
    # Nothing older after something newer, and in the end the newest: by one more release.
    assert shown == sorted(shown)
    if (sent := key.release(at=at + 200)) is not None:
        shown.append(int(sent))
    assert not shown or shown[-1] == newest
