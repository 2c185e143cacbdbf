"""Connection, message and request ids."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest

from local.gateway.ids import is_well_formed, new_id


def test_ids_are_eleven_bytes_each_new() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(urlsafe_b64decode(id_)) for id_ in ids} == {11}
    assert all(is_well_formed(id_) for id_ in ids)


@pytest.mark.parametrize("captured", ["TXzPWdnOjoECGjA=", "BFaT_fALIAMCKug=", "eHrdFcnvvHcCE-w="])
def test_captured_ids_are_well_formed(captured: str) -> None:
    assert is_well_formed(captured)


@pytest.mark.parametrize(
    "bad", ["", "abc", "TXzPWdnOjoECGjB=", "TXzPWdnOjoECGjA", "TXzPWdnOjoECG/A=", "x" * 16]
)
def test_other_texts_are_not(bad: str) -> None:
    assert not is_well_formed(bad)
