"""History and conflation: who may send an event, and which of many is sent."""

from shared.app.ports import Claim, Claimed, Holding
from shared.domain.catalog import CATALOG
from shared.domain.intake import AcceptedEvent
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.progress import Place, Progress, Waiting
from shared.domain.receipt import Receipt
from tests.adapters.worlds import World

NOW = 1_763_132_400.0


PROGRESS = Progress(
    places=(Place(0, "a=="), Place(3)),
    waiting=(Waiting("b", NOW, 1, throttled=True),),
    handed=(Place(2),),
    receipt=Receipt(published_at=NOW, matched=3, delivered=2, waiting=1, first_delivered_at=NOW + 0.25),
)


def test_an_event_is_claimed_once_while_the_lease_runs(world: World) -> None:
    assert world.history.claim("e", now=NOW, lease_until=NOW + 60) == Claimed(Claim.NEW)
    running = world.history.claim("e", now=NOW + 59, lease_until=NOW + 119)
    assert running == Claimed(Claim.RUNNING, lease_until=NOW + 60)
    assert world.history.claim("other", now=NOW + 59, lease_until=NOW + 119).claim is Claim.NEW
    assert world.history.claim("e", part=1, now=NOW + 59, lease_until=NOW + 119).claim is Claim.NEW


def test_a_crashed_delivery_goes_on_after_its_lease_from_where_it_was_saved(world: World) -> None:
    world.history.claim("e", now=NOW, lease_until=NOW + 60)
    assert world.history.save("e", PROGRESS, lease_until=NOW + 60)
    assert world.history.claim("e", now=NOW + 60, lease_until=NOW + 120).claim is Claim.RUNNING
    again = world.history.claim("e", now=NOW + 61, lease_until=NOW + 121)
    assert again == Claimed(Claim.NEW, progress=PROGRESS)


def test_what_is_released_may_be_claimed_at_once(world: World) -> None:
    world.history.claim("e", part=4, now=NOW, lease_until=NOW + 60)
    assert world.history.release("e", PROGRESS, part=4, lease_until=NOW + 60)
    again = world.history.claim("e", part=4, now=NOW + 1, lease_until=NOW + 61)
    assert again == Claimed(Claim.NEW, progress=PROGRESS)


def test_who_lost_the_lease_can_write_nothing(world: World) -> None:
    world.history.claim("e", now=NOW, lease_until=NOW + 60)
    world.history.claim("e", now=NOW + 61, lease_until=NOW + 121)
    assert not world.history.save("e", PROGRESS, lease_until=NOW + 60)
    assert not world.history.release("e", PROGRESS, lease_until=NOW + 60)
    assert not world.history.finish("e", PROGRESS.receipt, lease_until=NOW + 60)
    assert world.history.save("e", PROGRESS, lease_until=NOW + 121)


def test_a_finished_event_stays_finished_until_its_row_expires(world: World) -> None:
    world.history.claim("e", now=NOW, lease_until=NOW + 60)
    world.history.save("e", PROGRESS, lease_until=NOW + 60)
    assert world.history.finish("e", Receipt(matched=2, delivered=2), lease_until=NOW + 60)
    assert world.history.claim("e", now=NOW + 3600, lease_until=NOW + 3660) == Claimed(Claim.DONE)
    later = NOW + EVENT_ROW_SECONDS + 3600
    assert world.history.claim("e", now=later, lease_until=later + 60) == Claimed(Claim.NEW)
    assert world.history.claim("e", now=later + 61, lease_until=later + 121) == Claimed(Claim.NEW)


def analyzing(event_id: str, *, after_seconds: float = 0) -> AcceptedEvent:
    return AcceptedEvent(
        id=event_id,
        type=CATALOG["job.analyzing"],
        data={"job_id": 42, "company": "G", "job_title": "T"},
        user_id=None,
        occurred_at=NOW + after_seconds,
    )


def hold(world: World, event: AcceptedEvent, *, at: float) -> Holding:
    return world.conflations.hold("k", event, now=at, window_seconds=2)


def test_the_first_of_a_window_goes_at_once_and_the_latest_of_the_others_at_its_end(world: World) -> None:
    assert hold(world, analyzing("1"), at=NOW) == Holding(held=False)
    assert hold(world, analyzing("2", after_seconds=0.5), at=NOW + 0.5) == Holding(
        held=True, release_in_seconds=2
    )
    assert hold(world, analyzing("3", after_seconds=1), at=NOW + 1) == Holding(held=True)
    held = world.conflations.held("k")
    assert held is not None
    assert held.id == "3"
    assert world.conflations.clear("k", "3", now=NOW + 2)
    assert world.conflations.held("k") is None


def test_an_older_event_does_not_replace_a_newer_one(world: World) -> None:
    hold(world, analyzing("1"), at=NOW)
    hold(world, analyzing("3", after_seconds=1), at=NOW + 1)
    assert hold(world, analyzing("2", after_seconds=0.5), at=NOW + 1.2) == Holding(held=True)
    held = world.conflations.held("k")
    assert held is not None
    assert held.id == "3"


def test_what_was_held_meanwhile_is_not_cleared(world: World) -> None:
    hold(world, analyzing("1"), at=NOW)
    hold(world, analyzing("2", after_seconds=1), at=NOW + 1)
    hold(world, analyzing("3", after_seconds=1.5), at=NOW + 1.5)
    assert not world.conflations.clear("k", "2", now=NOW + 2)
    assert world.conflations.held("k") is not None


def test_a_retried_event_asks_for_its_release_again(world: World) -> None:
    """The first try may have died between holding the event and asking for its release."""
    hold(world, analyzing("1"), at=NOW)
    hold(world, analyzing("2", after_seconds=1), at=NOW + 1)
    assert hold(world, analyzing("2", after_seconds=1), at=NOW + 5) == Holding(
        held=True, release_in_seconds=0
    )


def test_a_new_window_begins_after_the_last_one_was_cleared(world: World) -> None:
    hold(world, analyzing("1"), at=NOW)
    hold(world, analyzing("2", after_seconds=1), at=NOW + 1)
    world.conflations.clear("k", "2", now=NOW + 2)
    assert hold(world, analyzing("3", after_seconds=3), at=NOW + 3).held
    world.conflations.clear("k", "3", now=NOW + 4)
    assert hold(world, analyzing("4", after_seconds=7), at=NOW + 7) == Holding(held=False)
