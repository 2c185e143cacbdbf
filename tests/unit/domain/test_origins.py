"""Which pages may connect."""

import pytest

from shared.domain.errors import AccessRefused, Refusal
from shared.domain.origins import check_origin

ALLOWED = ("https://app.example.com", "https://*.example.org", "http://localhost:3000")


def refusal(allowed: tuple[str, ...], *origins: str, allow_missing: bool = True) -> Refusal | None:
    try:
        check_origin(origins, allowed=allowed, allow_missing=allow_missing)
    except AccessRefused as refused:
        return refused.refusal
    return None


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com",
        "HTTPS://App.Example.com",
        "https://a.example.org",
        "https://a.b.example.org",
        "http://localhost:3000",
    ],
)
def test_pages_on_the_list_may_connect(origin: str) -> None:
    assert refusal(ALLOWED, origin) is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.test",
        "https://evil.test/https://app.example.com",
        "https://example.org",
        "https://evilexample.org",
        "https://a.example.org.evil.test",
        "https://a.example.org:8443",
        "http://a.example.org",
        "https://evil.test#.example.org",
        "https://evil.test/.example.org",
        "https://evil.test?.example.org",
        "https://user@a.example.org",
        "https://evil.test\\.example.org",
        "https://.example.org",
        "https://a.example.org:port",
        "https://[::1",
        "http://localhost:3001",
        "null",
        "",
        "*",
        "https://*.example.org",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    assert refusal(ALLOWED, origin) is Refusal.ORIGIN


def test_an_origin_said_twice_is_a_forgery() -> None:
    assert refusal(ALLOWED, "https://app.example.com", "https://app.example.com") is Refusal.ORIGIN


@pytest.mark.parametrize(("allow_missing", "said"), [(True, None), (False, Refusal.ORIGIN_MISSING)])
def test_clients_that_are_no_browsers_may_by_setting(said: Refusal | None, *, allow_missing: bool) -> None:
    assert refusal(("https://app.example.com",), allow_missing=allow_missing) is said


def test_an_empty_list_lets_every_page_connect() -> None:
    assert refusal((), "https://evil.test", allow_missing=False) is None
    assert refusal((), allow_missing=False) is None
