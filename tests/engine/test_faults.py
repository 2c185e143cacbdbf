"""An event on the real gateway while things go wrong: whoever lives has it, only the dead lose their rows.

Once by its id: a post that was answered too late is made again, and clients drop what they know.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from local.gateway import Fault, FaultRule
from shared.app.fan_out.posting import PostsRefused
from shared.app.ports.sender import Posted
from shared.domain.deliveries import FanOutPart
from tests.engine.gateway import LiveGateway
from tests.engine.live import Publisher

pytestmark = pytest.mark.network

CROWD = 200


@pytest.fixture
def publisher(gateway: LiveGateway) -> Iterator[Publisher]:
    publisher = Publisher(gateway)
    yield publisher
    publisher.sender.disconnect()


def crowd(publisher: Publisher, count: int = CROWD) -> list[str]:
    names = publisher.gateway.connect(count)
    publisher.subscribe(names)
    return names


def heard(publisher: Publisher, names: Iterable[str]) -> Counter[int]:
    """How many heard how many different events."""
    return Counter(len(set(publisher.gateway.ids_at(name))) for name in names)


def test_all_is_well(publisher: Publisher) -> None:
    names = crowd(publisher)
    publisher.deliver(publisher.event())
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert (receipt.matched, receipt.delivered) == (CROWD, CROWD)


def test_half_of_them_gone(publisher: Publisher) -> None:
    names = crowd(publisher)
    dead, alive = names[::2], names[1::2]
    publisher.gateway.disconnect(dead)
    publisher.deliver(publisher.event())
    receipt = publisher.drain()
    assert heard(publisher, alive) == {1: CROWD / 2}
    assert set(publisher.tables.connections) == set(alive)
    assert {connection_id for _, connection_id in publisher.tables.topics} == set(alive)
    assert (receipt.matched, receipt.delivered, receipt.gone) == (CROWD, CROWD / 2, CROWD / 2)


@pytest.mark.parametrize(
    ("rules", "posts_throttled"),
    [
        ([FaultRule(fault=Fault.POST_LIMIT, share=0.3)], True),
        ([FaultRule(fault=Fault.POST_ERROR, share=0.3)], False),
        ([FaultRule(fault=Fault.POST_HANG, share=0.05, seconds=5)], False),
        (
            [
                FaultRule(fault=Fault.POST_LIMIT, share=0.2),
                FaultRule(fault=Fault.POST_ERROR, share=0.2),
                FaultRule(fault=Fault.POST_HANG, share=0.02, seconds=5),
            ],
            True,
        ),
    ],
    ids=["30% throttled", "30% errors", "5% hang", "all at once"],
)
def test_nobody_is_lost_to_faults_that_pass(
    publisher: Publisher, rules: list[FaultRule], *, posts_throttled: bool
) -> None:
    names = crowd(publisher)
    publisher.gateway.fail(*rules)
    publisher.deliver(publisher.event())
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert set(publisher.tables.connections) == set(names)
    assert (receipt.matched, receipt.delivered, receipt.waiting) == (CROWD, CROWD, 0)
    assert receipt.retries > 0
    assert (receipt.posts_throttled > 0) is posts_throttled


def test_a_gateway_that_is_down_and_comes_back(publisher: Publisher) -> None:
    names = crowd(publisher)
    publisher.gateway.fail(FaultRule(fault=Fault.POST_ERROR))
    publisher.deliver(publisher.event())
    assert heard(publisher, names) == {0: CROWD}
    publisher.gateway.fail()
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert (receipt.delivered, receipt.failed, receipt.waiting) == (CROWD, 0, 0)


def test_wrong_rights_stop_it_and_right_ones_finish_it(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = crowd(publisher)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    refused = publisher.new_sender()
    with pytest.raises(PostsRefused):
        publisher.deliver(publisher.event(), sender=refused)
    refused.disconnect()
    monkeypatch.undo()
    fresh = publisher.new_sender()
    publisher.deliver(publisher.event(), sender=fresh)
    fresh.disconnect()
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert receipt.delivered == CROWD


class Killed(BaseException):
    """As when Lambda ends a sandbox: nothing after it runs."""


class Killer:
    """A sender in the middle of whose posts the process ends; once."""

    def __init__(self, publisher: Publisher, after_posts: int) -> None:
        self._alive = publisher.sender
        self._left = after_posts

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        for posted in self._alive.post(message, connection_ids):
            if self._left == 0:
                raise Killed
            self._left -= 1
            yield posted


@pytest.mark.parametrize("after_posts", [3, 100, 199])
@pytest.mark.parametrize("targets_per_run", [20_000, 100], ids=["one part", "divided"])
def test_killed_in_the_middle_and_delivered_again(
    publisher: Publisher, after_posts: int, targets_per_run: int
) -> None:
    publisher.targets_per_run = targets_per_run
    names = crowd(publisher)
    event = publisher.event()
    dying = Killer(publisher, after_posts)
    with pytest.raises(Killed):
        deliver_all(publisher, event, dying)
    publisher.clock.ahead += 61
    publisher.deliver(event)
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert (receipt.matched, receipt.delivered, receipt.waiting) == (CROWD, CROWD, 0)
    assert set(publisher.tables.connections) == set(names)


def deliver_all(publisher: Publisher, event: FanOutPart, sender: Killer) -> None:
    """The event and what it puts on the queue; a message leaves the queue when it was carried out."""
    publisher.deliver(event, sender=sender)
    while publisher.queue.messages:
        publisher.deliver(publisher.queue.messages[0][0], sender=sender)
        publisher.queue.messages.pop(0)


def test_two_publishers_given_the_same_event_send_it_once(publisher: Publisher) -> None:
    names = crowd(publisher)
    event = publisher.event()
    other = publisher.new_sender()
    threads = [
        threading.Thread(target=publisher.deliver, args=(event,), kwargs={"sender": sender})
        for sender in (publisher.sender, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    other.disconnect()
    receipt = publisher.drain()
    assert heard(publisher, names) == {1: CROWD}
    assert receipt.delivered == CROWD
