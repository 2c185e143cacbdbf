"""Ids as API Gateway forms them: 11 random bytes in URL-safe base64, 15 characters and a `=`."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64encode

_ID_BYTES = 11
# 88 bits leave four in the 15th character, so only every fourth letter of the alphabet can stand there.
_ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{14}[AEIMQUYcgkosw048]=")


def new_id() -> str:
    return urlsafe_b64encode(os.urandom(_ID_BYTES)).decode("ascii")


def is_well_formed(text: str) -> bool:
    return _ID_PATTERN.fullmatch(text) is not None
