"""History: who may send an event, and how far that has come."""

from shared.app.ports.history import Claim, Claimed
from shared.domain.lease import Lease
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome, Target
from tests.adapters.worlds import World

NOW = 1_763_132_400.0


PROGRESS = Progress(
    places=(Place(0, "a=="), Place(3)),
    waiting=[Target("b", NOW, runs=1, outcome=Outcome.THROTTLED)],
    divided=(Place(2),),
    receipt=Receipt(
        published_at=NOW, matched=3, delivered=2, waiting=1, first_delivered_at=NOW + 0.25, epoch="e1"
    ),
)


def lease(until: float) -> Lease:
    """Of an invocation of its own for each moment."""
    return Lease(f"until {until}", until)


def test_an_event_is_claimed_once_while_the_lease_runs(world: World) -> None:
    assert world.history.claim("e", now=NOW, lease=lease(NOW + 60)) == Claimed(Claim.NEW)
    running = world.history.claim("e", now=NOW + 59, lease=lease(NOW + 119))
    assert running == Claimed(Claim.RUNNING, lease_until=NOW + 60)
    assert world.history.claim("other", now=NOW + 59, lease=lease(NOW + 119)).claim is Claim.NEW
    assert world.history.claim("e", part=1, now=NOW + 59, lease=lease(NOW + 119)).claim is Claim.NEW


def test_a_crashed_delivery_goes_on_after_its_lease_from_where_it_was_saved(world: World) -> None:
    world.history.claim("e", now=NOW, lease=lease(NOW + 60))
    assert world.history.save("e", PROGRESS, lease=lease(NOW + 60))
    assert world.history.claim("e", now=NOW + 60, lease=lease(NOW + 120)).claim is Claim.RUNNING
    again = world.history.claim("e", now=NOW + 61, lease=lease(NOW + 121))
    assert again == Claimed(Claim.NEW, progress=PROGRESS, again=True)


def test_what_is_released_may_be_claimed_at_once(world: World) -> None:
    world.history.claim("e", part=4, now=NOW, lease=lease(NOW + 60))
    assert world.history.release("e", PROGRESS, part=4, lease=lease(NOW + 60))
    again = world.history.claim("e", part=4, now=NOW + 1, lease=lease(NOW + 61))
    assert again == Claimed(Claim.NEW, progress=PROGRESS, again=True)


def test_who_lost_the_lease_can_write_nothing(world: World) -> None:
    world.history.claim("e", now=NOW, lease=lease(NOW + 60))
    world.history.claim("e", now=NOW + 61, lease=lease(NOW + 121))
    assert not world.history.save("e", PROGRESS, lease=lease(NOW + 60))
    assert not world.history.release("e", PROGRESS, lease=lease(NOW + 60))
    assert not world.history.finish("e", PROGRESS.receipt, lease=lease(NOW + 60))
    assert world.history.save("e", PROGRESS, lease=lease(NOW + 121))


def test_a_finished_event_stays_finished_until_its_row_expires(world: World) -> None:
    world.history.claim("e", now=NOW, lease=lease(NOW + 60))
    world.history.save("e", PROGRESS, lease=lease(NOW + 60))
    assert world.history.finish("e", Receipt(matched=2, delivered=2), lease=lease(NOW + 60))
    assert world.history.claim("e", now=NOW + 3600, lease=lease(NOW + 3660)) == Claimed(Claim.DONE)
    later = NOW + EVENT_ROW_SECONDS + 3600
    assert world.history.claim("e", now=later, lease=lease(later + 60)) == Claimed(Claim.NEW)
    assert world.history.claim("e", now=later + 61, lease=lease(later + 121)) == Claimed(
        Claim.NEW, again=True
    )


def test_a_claim_that_is_asked_for_twice_finds_itself(world: World) -> None:
    for _ in range(2):
        assert world.history.claim("e", now=NOW, lease=lease(NOW + 60)).claim is Claim.NEW
        assert world.history.save("e", PROGRESS, lease=lease(NOW + 60))
    for _ in range(2):
        assert world.history.finish("e", PROGRESS.receipt, lease=lease(NOW + 60))


def test_an_event_that_is_held_has_a_receipt_and_can_be_claimed(world: World) -> None:
    world.history.note("e", Receipt(held=1), window="k", now=NOW)
    assert world.history.claim("e", now=NOW, lease=lease(NOW + 60)) == Claimed(Claim.NEW)
    # What was claimed has a receipt of its own: a late note does not replace it.
    assert world.history.finish("e", Receipt(matched=2, delivered=2), lease=lease(NOW + 60))
    world.history.note("e", Receipt(superseded=1), window="k", now=NOW)
    assert world.history.claim("e", now=NOW, lease=lease(NOW + 60)) == Claimed(Claim.DONE)


def test_the_receipt_is_what_was_saved_last(world: World) -> None:
    assert world.history.receipt("e").matched == 0
    world.history.claim("e", now=NOW, lease=lease(NOW + 60))
    assert world.history.receipt("e").matched == 0
    world.history.save("e", PROGRESS, lease=lease(NOW + 60))
    assert world.history.receipt("e").matched == PROGRESS.receipt.matched
    world.history.finish("e", Receipt(matched=3, delivered=2), lease=lease(NOW + 60))
    assert (world.history.receipt("e").matched, world.history.receipt("e").delivered) == (3, 2)
