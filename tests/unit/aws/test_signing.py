"""Signatures: the same as botocore's, whatever the id, the token, the moment or the endpoint."""

from __future__ import annotations

import pytest
import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.signing import SignedRequests, endpoint_of

REGION = "eu-west-1"
KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
WITH_TOKEN = KEYS._replace(token="IQoJb3JpZ2luX2VjE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==")
PROD = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"
NOON = 1_763_121_600.0


def ours(url: str, credentials: ReadOnlyCredentials, connection_id: str, *, body: bytes, now: float) -> bytes:
    return SignedRequests(endpoint_of(url), REGION, credentials, now, body=body).to(connection_id)


def authorization(request: bytes) -> str:
    return header(request, "authorization")


def header(request: bytes, name: str) -> str:
    head = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in head)[name]


def botocores(url: str, credentials: ReadOnlyCredentials, request: bytes, *, now: float) -> str:
    """The Authorization header botocore's signer gives the very request we send."""
    path = request.split(b" ", 2)[1].decode()
    host = url.split("/", maxsplit=1)[0] + "//" + url.split("/")[2]
    theirs = AWSRequest(method="POST", url=host + path, data=request.partition(b"\r\n\r\n")[2])
    with time_machine.travel(now, tick=False):
        SigV4Auth(Credentials(**credentials._asdict()), "execute-api", "eu-west-1").add_auth(theirs)
    return str(theirs.headers["Authorization"])


@pytest.mark.parametrize(
    "connection_id",
    ["TXzPWdnOjoECGjA=", "-_zPWdnOjoECGjA=", "a", "a b", "a/b", "a%3D", "ünï", "a==", "===", "a+b&c?d#e"],
)
@pytest.mark.parametrize("credentials", [KEYS, WITH_TOKEN], ids=["keys", "session token"])
@pytest.mark.parametrize(
    "url",
    [PROD, "http://localhost:8000/local", "https://api.example.com/api/v1/ws/", "https://api.example.com"],
)
def test_signatures_are_botocores(url: str, credentials: ReadOnlyCredentials, connection_id: str) -> None:
    request = ours(url, credentials, connection_id, body=b'{"type":"job.created"}', now=NOON)
    assert authorization(request) == botocores(url, credentials, request, now=NOON)


@pytest.mark.parametrize(
    "now",
    [1_763_164_799.0, 1_763_164_800.0, 1_709_251_199.9, 1_767_225_600.0, 4_102_444_800.0],
    ids=["last second of a day", "midnight", "29 February", "new year", "2100"],
)
def test_dates_are_botocores(now: float) -> None:
    request = ours(PROD, WITH_TOKEN, "TXzPWdnOjoECGjA=", body=b"x", now=now)
    assert authorization(request) == botocores(PROD, WITH_TOKEN, request, now=now)


@given(connection_id=st.text(min_size=1, max_size=20), body=st.binary(max_size=100))
def test_any_id_and_body_is_signed_as_botocore_does(connection_id: str, body: bytes) -> None:
    connection_id = connection_id.encode("utf-8", "replace").decode()
    request = ours(PROD, KEYS, connection_id, body=body, now=NOON)
    # `.` and `..` would be removed from the path; API Gateway's ids are base64.
    if connection_id not in (".", ".."):
        assert authorization(request) == botocores(PROD, KEYS, request, now=NOON)


def test_the_day_and_the_credentials_may_change() -> None:
    endpoint = endpoint_of(PROD)
    rotated = ReadOnlyCredentials("AKIDNEXT", "another/secret", "another-token")
    for credentials, now in (
        (KEYS, NOON),
        (rotated, NOON),
        (rotated, NOON + 86_400),
        (KEYS, NOON + 86_400),
        (KEYS, NOON),
    ):
        request = SignedRequests(endpoint, REGION, credentials, now, body=b"x").to("TXzPWdnOjoECGjA=")
        assert authorization(request) == botocores(PROD, credentials, request, now=now)


def test_the_request_is_complete() -> None:
    request = ours("http://localhost:8000/local", WITH_TOKEN, "aA=", body=b"hello", now=NOON)
    assert request.startswith(b"POST /local/@connections/aA%3D HTTP/1.1\r\nhost: localhost:8000\r\n")
    assert request.endswith(b"\r\n\r\nhello")
    assert header(request, "content-length") == "5"
    assert header(request, "x-amz-date") == "20251114T120000Z"
    assert header(request, "x-amz-security-token") == WITH_TOKEN.token


@pytest.mark.parametrize("url", ["ftp://a/b", "abc", "https://"])
def test_an_endpoint_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http or https URL"):
        endpoint_of(url)
