from __future__ import annotations

import datetime

import pytest

from tests.workday.far_side import far_side, says
from workday.errors import NotSent, Unanswered
from workday.probing import Seen, look, without_pkce
from workday.session import Policy, Session

BACK = "https://app.example.test/oauth/callback/acme"


def seen(*headers: bytes, status: bytes = b"302 Found") -> Seen:
    head = b"\r\n".join((b"HTTP/1.1 " + status, b"Content-Length: 0", *headers))
    with far_side(says(head + b"\r\n\r\n")) as server, Session(Policy((), (server.url,))) as session:
        return look(session, f"{server.url}/acme/authorize", 5)


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found", b"400 Bad Request", b"503 Service Unavailable"])
def test_any_status_is_an_answer(status: bytes) -> None:
    assert seen(status=status).status == int(status.split()[0])


def test_nothing_of_ours_goes_along() -> None:
    with far_side(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server:
        with Session(Policy((), (server.url,))) as session:
            look(session, f"{server.url}/acme/authorize", 5)
        [asked] = server.requests
    assert asked.startswith(b"GET /acme/authorize HTTP/1.1\r\n")
    assert b"uthorization:" not in asked
    assert b"ookie:" not in asked


def test_no_answer_and_no_permission_are_told_apart() -> None:
    with far_side(says(b"")) as server, Session(Policy((), (server.url,))) as session:
        with pytest.raises(Unanswered):
            look(session, f"{server.url}/", 5)
        with pytest.raises(NotSent):
            look(session, "https://inside.example.test/", 5)


def test_the_date_is_read_with_its_zone() -> None:
    told_at = seen(b"Date: Sun, 06 Nov 1994 08:49:37 GMT").told_at
    assert told_at == datetime.datetime(1994, 11, 6, 8, 49, 37, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "value",
    [b"", b"yesterday", b"Sun, 99 Nov 1994 08:49:37 GMT", b"-1", b"Fri, 31 Dec 99999999999999999999 23:59:59 GMT"],
)
def test_a_date_that_is_none_is_none(value: bytes) -> None:
    assert seen(b"Date: " + value).told_at is None


@pytest.mark.parametrize(
    ("location", "error"),
    [
        (f"{BACK}?error=invalid_request&state=s", "invalid_request"),
        (f"{BACK}?code=c", ""),
        (f"{BACK}/?error=invalid_request", ""),
        (f"{BACK}.evil.test/?error=invalid_request", ""),
        ("https://sign-in.example.test/?error=invalid_request", ""),
        ("", ""),
    ],
)
def test_an_error_counts_only_when_it_is_sent_to_our_redirect_url(location: str, error: str) -> None:
    assert Seen(302, location).error_sent_to(BACK) == error


def test_an_authorization_url_loses_its_challenge_and_nothing_else() -> None:
    url = "https://h.workday.com/acme/authorize?response_type=code&code_challenge=x&code_challenge_method=S256&state=a%26b"
    assert without_pkce(url) == "https://h.workday.com/acme/authorize?response_type=code&state=a%26b"
