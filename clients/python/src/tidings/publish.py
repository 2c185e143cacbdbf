"""`tidings publish`: one event onto the bus, checked before, and followed to its verdict if asked."""

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tidings.account import LOCAL, Account, account
from tidings.catalog import EventType
from tidings.errors import InvalidEvent, TidingsError
from tidings.producer import Message, Producer, message
from tidings.system import with_system
from tidings.terminal import BOLD, GREEN, YELLOW, as_json, complain, painter
from tidings.verdict import Verdict, wait_for_verdict

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ACCEPTED, NOT_PUBLISHED, REJECTED = 0, 1, 3


def publish(given: argparse.Namespace) -> int:
    to = account(given)
    try:
        one = message(
            given.event_type,
            _read(given.data, with_system(given.catalog).types[given.event_type]),
            given.catalog,
            user_id=given.user,
            id=given.id,
            deliver_at=_moment(given.deliver_at),
            schedule_key=given.schedule_key,
        )
        if given.wait is not None and one.deliver_at is not None:
            raise InvalidEvent(["--wait and --deliver-at do not go together: its verdict comes with it"])
        Producer(to.events(), bus=to.bus, source=given.source).publish_all([one])
    except (ValueError, OSError, TidingsError, BotoCoreError, ClientError) as exc:
        complain(f"Not published: {_told(exc, to)}")
        return NOT_PUBLISHED
    if not given.json:
        _tell(one, given.user)
    if given.wait is None or not _for_clients(one):
        if given.json:
            print(as_json(_values(one)))
        return ACCEPTED
    try:
        verdict = wait_for_verdict(to, one.id, seconds=given.wait)
    except (TidingsError, BotoCoreError, ClientError) as exc:
        complain(f"Published, but its verdict cannot be read: {_told(exc, to)}")
        return ACCEPTED
    if given.json:
        print(as_json({**_values(one), "verdict": verdict.values()}))
    else:
        _tell_verdict(verdict)
    return REJECTED if verdict.outcome == "rejected" else ACCEPTED


def _for_clients(one: Message) -> bool:
    return one.payload.declared is not None and one.payload.declared.channel is not None


def _tell(one: Message, user: str | None) -> None:
    paint = painter(sys.stdout)
    to = user or "everyone on its channel"
    if not _for_clients(one):
        to = f"the system, about {user}" if user else "the system"
    later = f", to be delivered at {one.deliver_at}" if one.deliver_at else ""
    print(f"Published {paint(BOLD, one.type)} {one.id} to {to}{later}", flush=True)


def _tell_verdict(verdict: Verdict) -> None:
    if verdict.outcome == "rejected":
        complain(verdict.words())
        return
    paint = painter(sys.stdout)
    print(paint(GREEN if verdict.delivered else YELLOW, verdict.words()), flush=True)


def _values(one: Message) -> dict[str, Any]:
    return {"type": one.type, **json.loads(one.detail())}


def _told(error: Exception, to: Account) -> str:
    match error:
        case json.JSONDecodeError():
            return f"--data is no JSON: {error}"
        case ClientError() if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return f"there is no bus {to.bus} here: is the stage deployed, in this Region?"
        case BotoCoreError() if to.stage == LOCAL:
            return f"no local system answers at {to.endpoint_url}. Start it with 'make run'."
        case _:
            return str(error)


def _read(text: str | None, event_type: EventType) -> Any:
    if text is None:
        if event_type.payload.model_fields:
            raise InvalidEvent([f"--data is missing: JSON with {', '.join(event_type.payload.model_fields)}"])
        return {}
    if text == "-":
        return json.load(sys.stdin)
    return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)


def _moment(text: str | None) -> str | None:
    """`+10m` from now on as a time; all else as it is."""
    if text is None or not (match := re.fullmatch(r"\+(\d{1,9})([smhd])", text)):
        return text
    try:
        moment = datetime.now(UTC) + timedelta(**{UNITS[match[2]]: int(match[1])})
    except OverflowError as exc:
        raise InvalidEvent([f"deliver_at: {text} lies outside the calendar"]) from exc
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
