"""Our verification against botocore's signer."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from multidict import CIMultiDict

from local.gateway.sigv4 import SignatureCheck, SignatureRefused, SignedRequest

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = "http://localhost:8000"
TARGET = "/dev/@connections/eHrdFcnvvHcCE-w%3D"


def signed(
    target: str = TARGET, body: bytes = b"hello", *, service: str = "execute-api", token: str | None = None
) -> SignedRequest:
    request = AWSRequest("POST", ORIGIN + target, data=body, headers={"Host": "localhost:8000"})
    SigV4Auth(Credentials("AKID", "secret", token), service, "us-east-1").add_auth(request)
    return SignedRequest("POST", target, CIMultiDict(request.headers.items()), body)


def check(request: SignedRequest, *, key: str = "secret", now: float | None = None) -> None:
    SignatureCheck({"AKID": key}).check(request, now=time.time() if now is None else now)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(partial(signed), id="encoded-id"),
        pytest.param(partial(signed, "/dev/%40connections/eHrdFcnvvHcCE-w%3D"), id="encoded-at"),
        pytest.param(partial(signed, TARGET + "?b=2&a=1&a=0&c="), id="query"),
        pytest.param(partial(signed, body=b""), id="no-body"),
        pytest.param(partial(signed, token="session"), id="session-token"),
    ],
)
def test_what_botocore_signs_is_accepted(make: Callable[[], SignedRequest]) -> None:
    check(make())


def altered(**changes: Any) -> SignedRequest:
    request = signed()
    headers = CIMultiDict(request.headers)
    headers.update(changes.pop("headers", {}))
    fields = {"method": request.method, "target": request.target, "body": request.body, **changes}
    return SignedRequest(headers=headers, **fields)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(partial(altered, body=b"other"), "does not match", id="body"),
        pytest.param(partial(altered, method="DELETE"), "does not match", id="method"),
        pytest.param(partial(altered, target="/dev/@connections/other"), "does not match", id="path"),
        pytest.param(partial(altered, headers={"Host": "other"}), "does not match", id="signed-header"),
        pytest.param(partial(altered, headers={"X-Amz-Date": "yesterday"}), "X-Amz-Date", id="date"),
        pytest.param(
            partial(altered, headers={"Authorization": "Bearer x"}), "not a valid", id="other-scheme"
        ),
        pytest.param(partial(signed, service="s3"), "execute-api", id="service"),
    ],
)
def test_what_was_altered_is_refused(make: Callable[[], SignedRequest], message: str) -> None:
    with pytest.raises(SignatureRefused, match=message):
        check(make())


def test_a_wrong_secret_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="does not match"):
        check(signed(), key="other")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_signature_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureRefused, match="expired"):
        check(signed(), now=time.time() + seconds)


def test_the_clock_check_can_be_switched_off() -> None:
    checker = SignatureCheck({"AKID": "secret"}, clock_skew_seconds=None)
    checker.check(signed(), now=time.time() + 86_400)


def test_without_credentials_a_signature_need_only_be_there() -> None:
    SignatureCheck().check(altered(body=b"other"), now=0)
    with pytest.raises(SignatureRefused, match="Missing Authentication Token"):
        SignatureCheck().check(SignedRequest("POST", TARGET, {}, b""), now=0)
