"""What changed between two snapshots of a catalogue, and what breaks deployed consumers or producers."""

from collections.abc import Iterator, Mapping
from typing import Any

from derive.payloads import Change, compare_payloads

Snapshot = Mapping[str, Any]


def compare(old: Snapshot, new: Snapshot) -> list[Change]:
    """The channels' changes, then the types', in the order of declaration."""
    return [*_channels(old["channels"], new["channels"]), *_types(old["types"], new["types"])]


def _channels(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name, before in old.items():
        at = f"channel {name}"
        if name not in new:
            yield Change(True, f"{at} is gone: who subscribes to it is refused")
            continue
        after = new[name]
        kept = (before["keep_seconds"], after["keep_seconds"])
        if kept[0] is not None and kept[1] is not None and kept[0] != kept[1]:
            words = f"{at} kept events for {_hours(kept[0])}, and now for {_hours(kept[1])}"
            lost = ": clients away for longer lose them"
            yield Change(kept[1] < kept[0], words + (lost if kept[1] < kept[0] else ""))
        if after["rule"] and not before["rule"]:
            yield Change(True, f"{at} has a rule now: it may refuse who could join")
        if before["rule"] and not after["rule"]:
            yield Change(True, f"{at} has no rule any more: whom it admitted may be refused")
    yield from (Change(False, f"channel {name} is new") for name in new if name not in old)


def _types(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name, before in old.items():
        if name not in new:
            yield Change(True, f"{name} is gone: it is refused from producers, and consumers miss it")
            continue
        after = new[name]
        for change in (
            *_delivery(before, after),
            *_inbox(before, after),
            *_reminders(before["reminders"], after["reminders"]),
            *compare_payloads(before["schema"], after["schema"]),
        ):
            yield Change(change.breaks, f"{name}: {change.text}")
    yield from (Change(False, f"{name} is new") for name in new if name not in old)


def _delivery(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if old["channel"] != new["channel"]:
        if old["channel"] is None:
            yield Change(False, f"clients hear it now, on {new['channel']}")
        else:
            moved = "to no channel" if new["channel"] is None else f"to {new['channel']}"
            yield Change(True, f"it moved from {old['channel']} {moved}: its subscribers miss it")
    if old["from_producers"] != new["from_producers"]:
        words = "is no longer accepted" if old["from_producers"] else "is now accepted"
        yield Change(old["from_producers"], f"it {words} from producers")
    if old["conflated_by"] != new["conflated_by"]:
        if new["conflated_by"] is None:
            yield Change(False, "it is no longer conflated")
        else:
            words = f"only the latest for one {new['conflated_by']} is sure to come"
            yield Change(True, f"it is conflated in another way: {words}")


def _inbox(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if old["inbox"] != new["inbox"]:
        yield Change(old["inbox"], f"it {'left' if old['inbox'] else 'is now in'} the inbox")
    before, after = old["unseen_after_seconds"], new["unseen_after_seconds"]
    if before != after:
        gone = after is None
        yield Change(gone, f"delivery.unseen is {'no longer sent' if gone else f'sent after {after} s'}")


def _reminders(old: list[str], new: list[str]) -> Iterator[Change]:
    yield from (Change(True, f"it no longer plans {one}") for one in old if one not in new)
    yield from (Change(False, f"it plans {one}") for one in new if one not in old)


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:g} h"
