"""Faults by rule: seeded, switched at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.gateway import Fault, FaultRule, Faults
from tests.local.gateway.apis import PLAIN
from tests.local.gateway.target import close_without_code, closed, manage, post, receive

if TYPE_CHECKING:
    from tests.local.gateway.clock import SteppedClock
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network


def strikes(faults: Faults, fault: Fault, times: int = 200) -> list[bool]:
    return [faults.strikes(fault) is not None for _ in range(times)]


def test_the_same_seed_gives_the_same_faults_twice() -> None:
    rules = [FaultRule(fault=Fault.POST_GONE, share=0.3)]
    first = strikes(Faults(rules, seed=7), Fault.POST_GONE)
    assert strikes(Faults(rules, seed=7), Fault.POST_GONE) == first
    assert strikes(Faults(rules, seed=8), Fault.POST_GONE) != first
    assert 30 < sum(first) < 90


def test_rules_do_not_disturb_each_other() -> None:
    alone = strikes(Faults([FaultRule(fault=Fault.POST_GONE, share=0.5)], seed=1), Fault.POST_GONE)
    both = Faults(
        [FaultRule(fault=Fault.POST_GONE, share=0.5), FaultRule(fault=Fault.DISCONNECT_DROP, share=0.5)],
        seed=1,
    )
    mixed = []
    for _ in range(200):
        both.strikes(Fault.DISCONNECT_DROP)
        mixed.append(both.strikes(Fault.POST_GONE) is not None)
    assert mixed == alone


def test_replacing_the_rules_starts_the_seed_anew() -> None:
    rules = [FaultRule(fault=Fault.POST_LIMIT, share=0.5)]
    faults = Faults(rules, seed=3)
    first = strikes(faults, Fault.POST_LIMIT)
    faults.replace(rules, seed=3)
    assert strikes(faults, Fault.POST_LIMIT) == first


def test_a_rule_strikes_at_most_as_often_as_it_says() -> None:
    faults = Faults([FaultRule(fault=Fault.POST_ERROR, times=2)])
    assert strikes(faults, Fault.POST_ERROR, 5) == [True, True, False, False, False]


@pytest.mark.parametrize("bad", [{"share": 1.5}, {"share": -0.1}, {"seconds": -1}, {"times": -1}], ids=str)
def test_rules_that_make_no_sense_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="post-gone"):
        FaultRule(fault=Fault.POST_GONE, **bad)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.POST_GONE, 410, "GoneException"),
        (Fault.POST_LIMIT, 429, "LimitExceededException"),
        (Fault.POST_ERROR, 500, "InternalServerErrorException"),
        (Fault.POST_HANG, 500, "InternalServerErrorException"),
    ],
)
async def test_posts_fail_by_rule_and_then_work_again(
    serve: Serve, clients: Clients, functions: Functions, fault: Fault, status: int, code: str
) -> None:
    target = await serve(PLAIN, faults=Faults([FaultRule(fault=fault, times=1)]))
    client = await clients.connect(target)
    connection_id = functions.events("connect")[0]["requestContext"]["connectionId"]
    with pytest.raises(ClientError) as failed:
        await post(target, connection_id)
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert failed.value.response["Error"]["Code"] == code
    await post(target, connection_id)
    assert await receive(client) == "hello"


async def test_a_living_connection_is_gone_for_good_until_it_is_deleted(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    faults = Faults([FaultRule(fault=Fault.CONNECTION_GONE, times=1)])
    target = await serve(PLAIN, faults=faults)
    client = await clients.connect(target)
    await clients.connect(target)
    gone, living = (event["requestContext"]["connectionId"] for event in functions.events("connect"))
    with pytest.raises(ClientError, match="GoneException"):
        await post(target, gone)
    faults.replace((), seed=0)
    for ask in (post(target, gone), manage(target, "get_connection", ConnectionId=gone)):
        with pytest.raises(ClientError, match="GoneException"):
            await ask
    await post(target, living)
    await client.send("still heard")
    assert (await functions.event("default"))["body"] == "still heard"
    await manage(target, "delete_connection", ConnectionId=gone)
    assert await closed(client) == (1000, "Connection Closed Normally")
    assert (await functions.event("disconnect"))["requestContext"]["connectionId"] == gone


async def test_a_share_of_connections_is_gone_each_decided_once(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    faults = Faults([FaultRule(fault=Fault.CONNECTION_GONE, share=0.5)], seed=4)
    target = await serve(PLAIN, faults=faults)
    for _ in range(8):
        await clients.connect(target)
    ids = [event["requestContext"]["connectionId"] for event in functions.events("connect")]
    rounds = [[await _reachable(target, connection_id) for connection_id in ids] for _ in range(3)]
    assert rounds[0] == rounds[1] == rounds[2]
    expected = strikes(Faults(faults.rules, seed=4), Fault.CONNECTION_GONE, 8)
    assert rounds[0] == [not struck for struck in expected]
    assert len(set(rounds[0])) == 2


async def _reachable(target: Target, connection_id: str) -> bool:
    try:
        await post(target, connection_id)
    except ClientError as exc:
        return exc.response["Error"]["Code"] != "GoneException"
    return True


async def test_disconnect_can_be_dropped(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, faults=Faults([FaultRule(fault=Fault.DISCONNECT_DROP, times=1)]))
    await close_without_code(await clients.connect(target))
    second = await clients.connect(target)
    await close_without_code(second)
    event = await functions.event("disconnect")
    survivor = functions.events("connect")[1]["requestContext"]["connectionId"]
    assert event["requestContext"]["connectionId"] == survivor
    assert len(functions.events("disconnect")) == 1


async def test_disconnect_can_be_delayed(
    serve: Serve, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    late = FaultRule(fault=Fault.DISCONNECT_DELAY, seconds=30, times=1)
    target = await serve(PLAIN, faults=Faults([late]), clock=clock)
    await close_without_code(await clients.connect(target))
    # The second connection's $disconnect overtakes the first one's.
    await close_without_code(await clients.connect(target))
    await functions.event("disconnect")
    clock.advance(30)
    await functions.event("disconnect", 1)
    connected = [event["requestContext"]["connectionId"] for event in functions.events("connect")]
    ended = [event["requestContext"]["connectionId"] for event in functions.events("disconnect")]
    assert ended == connected[::-1]


async def test_a_post_may_meet_a_reset(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, faults=Faults([FaultRule(fault=Fault.RESET_ON_POST)]))
    client = await clients.connect(target)
    await post(target, functions.events("connect")[0]["requestContext"]["connectionId"])
    assert await closed(client) == (None, "")
    assert (await functions.event("disconnect"))["requestContext"]["disconnectStatusCode"] == 1006


async def test_a_message_may_meet_a_reset(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, faults=Faults([FaultRule(fault=Fault.RESET_ON_MESSAGE)]))
    client = await clients.connect(target)
    await client.send("lost")
    assert await closed(client) == (None, "")
    await functions.event("disconnect")
    assert not functions.events("default")
