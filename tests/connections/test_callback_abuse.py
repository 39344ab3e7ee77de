"""Whatever is put into the callback's address: none of it comes back on a page, in a header or in a log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from django.urls import reverse

from accounts.models import User
from connections.models import Connection, OAuthState, Tenant
from tests.connections.conftest import begin, signed_in_as, words
from tests.connections.test_callback import state_of
from tests.sandbox.process import SandboxProcess

# Every one of them holds this word, so that it can be found however it was escaped.
WORD = "canary7"
PAYLOADS: list[bytes] = [
    b"canary7",
    b"<script>canary7</script>",
    b"</p><script src=//evil.test/canary7></script>",
    b"\"><img src=x onerror='canary7()'>",
    b"'><svg/onload=canary7()>",
    b"<a href=javascript:canary7>press</a>",
    b"javascript:canary7",
    b"data:text/html,canary7",
    b"<iframe srcdoc='canary7'>",
    b"<!--canary7-->",
    b"<![CDATA[canary7]]>",
    b"&lt;canary7&gt;",
    b"&#60;canary7&#62;",
    b"%3Cscript%3Ecanary7",
    b"%253Ccanary7",
    b"{{ canary7 }}",
    b"{% debug %}canary7",
    b"${canary7}",
    b"{0.__class__}canary7",
    b"%s%n%x canary7",
    b"canary7\r\nSet-Cookie: canary7=1",
    b"canary7\r\n\r\n<html>canary7",
    b"canary7\n2026-01-01 CRITICAL forged canary7",
    b"canary7\x1b[2J\x1b[31m",
    b"canary7\x00canary7",
    b"canary7\x08\x7f\x85",
    "canary7\u2028canary7\u2029".encode(),
    "\u202ecanary7\u202c".encode(),
    "\u2066canary7\u2069\u200f".encode(),
    "\ufeff\u200bcanary7".encode(),
    "cаnary7 canary7 \U0001f600".encode(),
    b"canary7\xff\xfe",
    b"\xc0\xafcanary7",
    b"\xed\xa0\x80canary7",
    b"\xf4\x90\x80\x80canary7",
    b"canary7'; DROP TABLE connections_connection; --",
    b"canary7 UNION SELECT 1",
    b"../../etc/passwd canary7",
    b"canary7" * 9362,
    b"canary7 " + b"<b>" * 20000,
]
FIELDS = ["state", "code", "iss", "error", "error_description", "error_uri", "next", "canary7"]


class Seen(logging.Handler):
    """Log lines just as they are written in an installation."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("{asctime} {levelname} {name} {message}", style="{"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("django.db"):
            self.lines.append(self.format(record))


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Iterator[Seen]:
    handler = Seen()
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.request").addHandler(handler)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger("django.request").removeHandler(handler)
    logging.getLogger().removeHandler(handler)


def query(state: str, field: str, payload: bytes) -> str:
    """An error answer in which one parameter holds the payload; odd bytes are sent as they are."""
    usual = {"state": state, "error": "server_error"}
    if field == "code":
        del usual["error"]
    rest = urlencode({name: value for name, value in usual.items() if name != field})
    return f"{rest}&{field}={quote(payload)}"


@pytest.mark.attack("T13")
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_an_answer_is_shown_or_logged(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, seen: Seen, payload: bytes
) -> None:
    browser = signed_in_as(owner)
    for field in FIELDS:
        state = state_of(begin(browser, tenant))
        page = browser.get(f"{reverse('connections:callback', args=[tenant.key])}?{query(state, field, payload)}")
        assert page.status_code == 400
        assert WORD not in page.content.decode()
        assert WORD not in str(page.headers) + str(page.cookies)
    assert len(seen.lines) >= len(FIELDS)
    assert not [line for line in seen.lines if WORD in line or "\n" in line or "\r" in line]
    assert not Connection.objects.exists()


@pytest.mark.attack("T13")
def test_a_state_that_is_not_ours_comes_before_everything_else(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    begin(browser, tenant)
    url = reverse("connections:callback", args=[tenant.key])
    page = browser.get(url, {"state": "s" * 43, "error": "access_denied", "iss": "https://evil.test"})
    assert "does not belong to a connection that you began" in words(page)
    assert OAuthState.objects.exists()


@pytest.mark.attack("T13")
@pytest.mark.parametrize("payload", [b"a%0d%0aforged", b"%3Cscript%3E", b"%ff%fe", b"a%E2%80%A8b"])
def test_a_path_that_is_not_ours_is_logged_on_one_line(owner: User, seen: Seen, payload: bytes) -> None:
    assert signed_in_as(owner).get(f"/oauth/callback/{payload.decode()}").status_code == 404
    assert seen.lines
    assert not [line for line in seen.lines if len(line.splitlines()) != 1]
