"""Whatever strangers send: no exception escapes, every answer is one of ours. benchmarks/fuzz digs deeper."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.entry_points import TYPES, Ways
from shared.domain.messages import ACTIONS
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS

WAYS = Ways()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(ACTIONS) | JSON,
        "channel": st.sampled_from([*Channel]) | JSON,
        "request_id": st.text(max_size=80) | JSON,
        "token": st.text(max_size=80) | JSON,
    },
)


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


@settings(deadline=None, max_examples=300)
@given(MESSAGES | JSON)
def test_every_message_is_answered_with_one_of_our_types(said: Any) -> None:
    WAYS.message(as_bytes(said))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_answered_too(said: bytes) -> None:
    WAYS.message(said)


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """A good event of some type, with something else in some of its places."""
    number = draw(st.integers(0, len(TYPES) - 1))
    data: Any = dict(PAYLOADS.get(TYPES[number], {}))
    for field in draw(st.lists(st.sampled_from(sorted(data)), max_size=3)) if data else ():
        data[field] = draw(JSON)
    detail: Any = {"data": draw(st.just(data) | JSON)}
    for field in draw(st.lists(st.sampled_from(["user_id", "id", "deliver_at", "schedule_key", "extra"]))):
        detail[field] = draw(st.text(min_size=1, max_size=300) | JSON)
    return bytes([number]) + as_bytes(draw(st.just(detail) | JSON))


@settings(deadline=None, max_examples=300)
@given(events())
def test_every_event_is_published_or_rejected_with_reasons(event: bytes) -> None:
    WAYS.event(event)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_every_handshake_is_accepted_or_refused(parts: list[str]) -> None:
    WAYS.handshake("\n".join(parts).encode("utf-8", "replace"))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_signature_can_be_made_up(token: bytes) -> None:
    WAYS.token(token)


@pytest.mark.parametrize(
    "depth", [17, 100, 5_000], ids=["one level too many", "deep", "deeper than Python's stack"]
)
@pytest.mark.parametrize("shape", ["[", '{"a":'], ids=["lists", "objects"])
def test_nesting_is_refused_and_not_followed(shape: str, depth: int) -> None:
    WAYS.message((shape * depth).encode())
    close = "]" if shape == "[" else "}"
    WAYS.message(f'{{"action": "ping", "x": {shape * depth}1{close * depth}}}'.encode())
