"""The steps of a plan: for each feature of the system what may be done with it, drawn by chance."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from simulation.chance import Chance

Drawn = Iterator[tuple[str, Mapping[str, Any], float]]
"""(kind, what is given, seconds after the moment of the step)."""
Draw = Callable[[Chance, str, Sequence[str]], Drawn]

CHANNELS = ("jobs", "applications", "recommendations", "system")
PLAIN_TYPES = ("job.created", "application.status_changed", "system.notification")
CONFLATED_TYPES = ("job.analyzing", "job.analyzing", "application.updated", "recommendations.updated")


def _subscribe(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    yield "subscribe", _client_and_channel(chance, about, clients), 0.0


def _unsubscribe(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    yield "unsubscribe", _client_and_channel(chance, about, clients), 0.0


def _leave(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    client = {"client": chance.one_of(clients, about)}
    yield "leave", client, 0.0
    if chance.happens(0.7, f"{about} back"):
        yield "connect", client, chance.between(0.5, 8.0, f"{about} back after")


def _publish(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    for number in range(chance.one_of((1, 1, 1, 2, 4), f"{about} burst")):
        given = {
            "type": chance.one_of(PLAIN_TYPES, f"{about} type {number}"),
            "user": chance.one_of((None, None, "ann", "bob"), f"{about} to {number}"),
        }
        yield "publish", given, number * 0.05


def _conflate(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    type_ = chance.one_of(CONFLATED_TYPES, f"{about} type")
    user = chance.one_of((None, None, None, "ann"), f"{about} to")
    key = chance.whole(1, 2, f"{about} key")
    for number in range(chance.one_of((1, 2, 3, 5), f"{about} burst")):
        apart = chance.one_of((0.03, 0.2, 0.7), f"{about} apart")
        yield "publish", {"type": type_, "user": user, "key": key}, number * apart


def _again(_chance: Chance, _about: str, _clients: Sequence[str]) -> Drawn:
    yield "again", {}, 0.0


def _large(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    yield "publish", {"type": chance.one_of(PLAIN_TYPES, about), "user": None}, 0.0


def _plan(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    """A message for later, often under a key, and then moved or cancelled."""
    name = chance.one_of((None, "k1", "k2"), f"{about} key")
    user = chance.one_of((None, "ann"), f"{about} to")
    given = {"type": chance.one_of(PLAIN_TYPES, f"{about} type"), "user": user, "name": name}
    yield "plan", {**given, "after": chance.whole(1, 200, f"{about} after")}, 0.0
    if name is not None and chance.happens(0.5, f"{about} moved"):
        later = chance.between(3, 40, f"{about} moved after")
        yield "plan", {**given, "after": chance.whole(1, 200, f"{about} moved to")}, later
    elif name is not None and chance.happens(0.4, f"{about} cancelled"):
        yield "cancel", {"name": name}, chance.between(3, 100, f"{about} cancelled after")


def _interview(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    given = {"name": chance.whole(1, 3, f"{about} which"), "user": chance.one_of((None, "ann"), about)}
    after = chance.whole(5, 150, f"{about} after")
    yield "interview", {**given, "type": "interview.scheduled", "after": after}, 0.0
    status = chance.one_of((None, "rescheduled", "cancelled"), f"{about} status")
    if status is not None:
        after = chance.whole(5, 150, f"{about} moved to")
        later = chance.between(3, 60, f"{about} changed after")
        yield "interview", {**given, "type": "interview.updated", "after": after, "status": status}, later


def _followup(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    given = {"name": chance.whole(1, 3, f"{about} which"), "user": chance.one_of((None, "bob"), about)}
    after = chance.whole(5, 150, f"{about} after")
    yield "followup", {**given, "type": "followup.scheduled", "after": after}, 0.0
    if chance.happens(0.4, f"{about} sent"):
        later = chance.between(3, 60, f"{about} sent after")
        yield "followup", {**given, "type": "followup.sent", "after": 0}, later


def _count(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    """An interview of a user, which is in the inbox, and its reminder, which must be seen in time."""
    given = {"name": chance.whole(4, 9, f"{about} which"), "user": chance.one_of(("ann", "bob"), about)}
    after = chance.whole(5, 60, f"{about} after")
    yield "interview", {**given, "type": "interview.scheduled", "after": after}, 0.0


def _hear(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    yield "subscribe", {"client": chance.one_of(clients, about), "channel": "interviews"}, 0.0


def _see(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    yield "see", {"client": chance.one_of(clients, about)}, chance.between(0, 90, f"{about} after")


def _drop(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    """The line of one client is cut, or of all at once; or a new connection takes over from it."""
    every = chance.happens(0.3, f"{about} all")
    kind = "take over" if chance.happens(0.3, f"{about} takes over") else "drop"
    for client in clients if every else [chance.one_of(clients, about)]:
        yield kind, {"client": client}, 0.0


def _away(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    """Somebody is away while a lot is sent, perhaps until the oldest of it is not kept any more."""
    client = {"client": chance.one_of(clients, about)}
    away = chance.one_of((0.5, 5.0, 60.0, 200.0), f"{about} for")
    yield "leave", client, 0.0
    for number in range(chance.one_of((0, 1, 4, 12), f"{about} missed")):
        given = {
            "type": chance.one_of(PLAIN_TYPES, f"{about} type {number}"),
            "user": chance.one_of((None, None, "ann", "bob"), f"{about} to {number}"),
        }
        yield "publish", given, chance.between(0.0, away, f"{about} at {number}")
    yield "connect", client, away


def _forget(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    """DynamoDB deletes rows whose time is over; rarely a stream is made anew."""
    if chance.happens(0.25, f"{about} head"):
        yield "lose head", {"channel": chance.one_of(CHANNELS, about)}, 0.0
    else:
        yield "delete expired", {}, chance.between(0.0, 200.0, f"{about} after")


def _authenticate(chance: Chance, about: str, clients: Sequence[str]) -> Drawn:
    """A newer token, sometimes one that does not grant a channel any more."""
    without = chance.one_of((None, None, *CHANNELS[:2]), f"{about} without")
    yield "authenticate", {"client": chance.one_of(clients, about), "without": without}, 0.0


def _revoke(chance: Chance, about: str, _clients: Sequence[str]) -> Drawn:
    yield "revoke", {"user": chance.one_of(("ann", "bob"), about)}, 0.0


def _client_and_channel(chance: Chance, about: str, clients: Sequence[str]) -> Mapping[str, Any]:
    return {
        "client": chance.one_of(clients, f"{about} client"),
        "channel": chance.one_of(CHANNELS, f"{about} channel"),
    }


FEATURES: Mapping[str, Sequence[Draw]] = {
    "talk": (_subscribe, _unsubscribe, _leave),
    "publish": (_publish, _publish, _again),
    "conflate": (_conflate, _conflate, _conflate),
    "plan": (_plan, _interview, _followup),
    "access": (_revoke, _leave, _leave),
    "renew": (_authenticate,),
    "inbox": (_count, _count, _hear, _see, _see),
    "large": (_large,),
    "memory": (_drop, _drop, _away, _away, _publish, _publish, _forget),
}
