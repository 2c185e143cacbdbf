"""Where moto's buses and queues differ from AWS's in ways that would be noticed: each correction, and why.

Checked against moto 5.2.5; `tests/local/cloud/test_moto_server.py` shows each.
"""

import threading
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.events.models import EventsBackend, Rule
from moto.events.utils import EventTemplateParser
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Queue, SQSBackend

from local.cloud.ingestion import INGESTION_TIME, WITH_INGESTION_TIME, Ingestion

_parse_template: Any = EventTemplateParser.parse
_send_to_targets: Any = Rule.send_to_targets
_put_events: Any = EventsBackend.put_events
_dynamodb_action: Any = DynamoHandler.call_action
_delete_message: Any = Queue.delete_message
_dynamodb_lock = threading.Lock()
_ingestion = Ingestion()
_received = threading.local()
"""`at`: the moment of the entry that this thread hands to the rules."""
MAX_ENTRIES = 10
"""Of one PutEvents; moto refuses more."""


def _event_for_target(
    input_template: str | None, input_paths_map: dict[str, Any], event: dict[str, Any]
) -> dict[str, Any]:
    """Fill in no text template, as moto does: `account` gets lost and `<id>` in a payload is replaced."""
    if input_template == WITH_INGESTION_TIME:
        return {**_event_for_target(None, {}, event), INGESTION_TIME: _received.at}
    if input_template:
        corrected: dict[str, Any] = _parse_template(input_template, input_paths_map, event)
        return corrected
    return {
        "version": "0",
        "id": event["id"],
        "detail-type": event["detail-type"],
        "source": event["source"],
        "account": event["account"],
        "time": _time_of(event["time"]),
        "region": event["region"],
        "resources": event["resources"],
        "detail": event["detail"],
    }


def _time_of(value: Any) -> float:
    # moto turns it into EventBridge's own format when it hands the event to a queue.
    try:
        return float(value)
    except ValueError:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()


def _send_if_enabled(rule: Any, event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's
    """Deliver nothing for a disabled rule, which moto does."""
    if rule.state == "ENABLED":
        _send_to_targets(rule, event, transform_input)


def _put_if_allowed(backend: Any, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse `aws.` sources, as EventBridge does: only AWS itself may use them."""
    if len(entries) > MAX_ENTRIES:
        refused: list[dict[str, Any]] = _put_events(backend, entries)
        return refused
    moments = _ingestion.moments(len(entries))
    return [_put_entry(backend, entry, moment) for entry, moment in zip(entries, moments, strict=True)]


def _put_entry(backend: Any, entry: dict[str, Any], moment: str) -> dict[str, Any]:
    if str(entry.get("Source", "")).startswith("aws."):
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    # A rule whose target is another bus puts the event there within this call.
    before = getattr(_received, "at", None)
    _received.at = moment
    try:
        [answer] = _put_events(backend, [entry])
    finally:
        _received.at = before
    answered: dict[str, Any] = answer
    return answered


def _one_dynamodb_action(handler: Any) -> Any:
    """Carry out one at a time: moto checks a condition and writes without a lock, so that two could win."""
    with _dynamodb_lock:
        return _dynamodb_action(handler)


def _delete_atomically(queue: Any, receipt_handle: str) -> None:
    """Take the lock: moto rebuilds the list without it, and a message sent meanwhile would be lost."""
    with queue._messages_lock:  # noqa: SLF001 - the lock that moto itself takes when it adds one
        _delete_message(queue, receipt_handle)


def _change_visibility(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    """Allow twelve hours from now: moto counts them from the sending, AWS from the receipt."""
    queue = backend.get_queue(queue_name)
    with queue._messages_lock:  # noqa: SLF001 - as above
        for message in queue._messages:  # noqa: SLF001 - moto's list of all messages has no public name
            if message.had_receipt_handle(receipt_handle):
                message.change_visibility(visibility_timeout)
                if message.visible:
                    queue.pending_messages.discard(message)
                return
    raise ReceiptHandleIsInvalid


def apply() -> None:
    for owner, name, corrected in (
        (EventTemplateParser, "parse", staticmethod(_event_for_target)),
        (Rule, "send_to_targets", _send_if_enabled),
        (EventsBackend, "put_events", _put_if_allowed),
        (DynamoHandler, "call_action", _one_dynamodb_action),
        (Queue, "delete_message", _delete_atomically),
        (SQSBackend, "change_message_visibility", _change_visibility),
    ):
        setattr(owner, name, corrected)
