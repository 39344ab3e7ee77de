"""Answers that name another place: by a redirect, another header, or the hrefs in what they tell."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from accounts.models import User
from connections import clients, tokens
from inbox.models import InboxTask
from inbox.sync import sync_inbox
from tests.attacks.connected import connected_at
from tests.attacks.server import SandboxServer
from tests.workday.far_side import FarSide, far_side, ok, says
from workday import oauth, transport
from workday.client import Workday
from workday.errors import Unanswered
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Policy, Session

pytestmark = pytest.mark.attack("T41")

REQUEST = "7b0e7c3e-2a53-4c6e-9b0a-000000000001"
TASK = "a" * 32
Call = Callable[[Session, str], object]


def workday(session: Session, url: str) -> Workday:
    return Workday(session, f"{url}/ccx/api/v1/acme", Secret("canary"))


def api_client(url: str) -> ApiClient:
    return ApiClient("our-client", Secret("canary"), f"{url}/acme/authorize", f"{url}/ccx/oauth2/acme/token")


CALLS: dict[str, Call] = {
    "a read": lambda session, url: workday(session, url).me(),
    "a listing": lambda session, url: list(workday(session, url).inbox()),
    "a decision": lambda session, url: workday(session, url).approve(TASK, "Fine.", request_id=REQUEST),
    "a classic decision": lambda session, url: workday(session, url).decide_inbox_task(
        TASK, "Title", approve=True, comment="Fine.", request_id=REQUEST
    ),
    "a code": lambda session, url: oauth.exchange(
        session, api_client(url), code=Secret("canary"), redirect_uri="http://127.0.0.1:9/", code_verifier="v" * 64
    ),
    "a renewal": lambda session, url: oauth.refresh(session, api_client(url), Secret("canary")),
    "client credentials": lambda session, url: oauth.client_credentials(session, api_client(url)),
}


class Elsewhere:
    """A server that answers with `say`, two others that listen, and a note of every connection."""

    def __init__(self, server: FarSide, inside: FarSide, other: FarSide) -> None:
        self.server, self.inside, self.other = server, inside, other
        self.head = b""
        self.dialled: list[tuple[str, int]] = []

    def session(self) -> Session:
        return Session(Policy((), (self.server.url, self.other.url)), dial=self._dial)

    def _dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append((address, port))
        return transport.dial(address, port, seconds)

    def targets(self) -> list[str]:
        """Inside, the metadata service, another host we may call, and spellings of them."""
        return [
            f"{self.inside.url}/",
            "http://169.254.169.254/latest/meta-data/",
            f"{self.other.url}/ccx/api/v1/acme/workers/me",
            f"https{self.other.url.removeprefix('http')}/",
            f"//127.0.0.1:{self.inside.port}/",
            f"http://127.0.0.1:{self.server.port}@127.0.0.1:{self.inside.port}/",
            "/ccx/api/v1/acme/workers/me",
            "",
        ]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with ExitStack() as stack:
        inside, other = (stack.enter_context(far_side(says(ok(b'{"id": "%s"}' % (b"b" * 32))))) for _ in range(2))
        server = stack.enter_context(far_side(lambda stream: stream.sendall(place.head)))
        place = Elsewhere(server, inside, other)
        yield place


def assert_nothing_went_elsewhere(place: Elsewhere, asked: int) -> None:
    assert (place.inside.requests, place.other.requests) == ([], [])
    assert place.dialled == [("127.0.0.1", place.server.port)] * asked
    assert len(place.server.requests) == asked


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_a_redirect_is_an_error_and_nothing_follows_it(elsewhere: Elsewhere, status: int, call: Call) -> None:
    for target in elsewhere.targets():
        place = f"Location: {target}\r\nURI: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        elsewhere.head = f"HTTP/1.1 {status} Moved\r\n{place}".encode()
        with elsewhere.session() as session, pytest.raises(Unanswered) as refused:
            call(session, elsewhere.server.url)
        assert refused.value.status == status
    assert_nothing_went_elsewhere(elsewhere, len(elsewhere.targets()))


@pytest.mark.parametrize("status", [200, 401, 407, 421, 426, 503, 511])
def test_no_other_header_leads_elsewhere_either(elsewhere: Elsewhere, status: int) -> None:
    """Neither the next request on the same connections nor one of the same session goes where an answer points."""
    url = elsewhere.inside.url
    lines = [
        f"HTTP/1.1 {status} Said",
        f"Location: {url}/",
        f"Content-Location: {url}/",
        f"Refresh: 0; url={url}/",
        f'Link: <{url}/>; rel="next"',
        f'Alt-Svc: h2=":{elsewhere.inside.port}"',
        f'WWW-Authenticate: Bearer realm="x", authorization_uri="{url}/"',
        f'Proxy-Authenticate: Basic realm="{url}/"',
        "Upgrade: h2c",
        "Set-Cookie: where=inside",
        "Connection: close",
        "Content-Length: 2",
    ]
    elsewhere.head = "\r\n".join(lines).encode() + b"\r\n\r\n{}"
    with elsewhere.session() as session:
        for _ in range(2):
            answer = session.send("GET", elsewhere.server.url, seconds=5, headers={"Authorization": "Bearer canary"})
            assert answer.status == status
    assert_nothing_went_elsewhere(elsewhere, 2)
    assert all(b"Cookie" not in seen for seen in elsewhere.server.requests)


def test_a_token_goes_to_the_connections_own_host_whatever_an_href_says(
    sandbox_server: SandboxServer, owner: User
) -> None:
    with far_side(says(ok())) as evil:
        connection = connected_at(sandbox_server, owner)
        sandbox_server.process.settings(href_origin=evil.url)
        sync_inbox(connection.pk)
        assert InboxTask.objects.filter(connection=connection).count() > 100
        with clients.new_session() as session:
            workday = clients.workday_for(connection, tokens.bearer(connection), session)
            assert {task.process.href.startswith(f"{evil.url}/") for task in workday.inbox_page(0)} == {True, False}
            read_and_decide(workday, sandbox_server)
    assert evil.requests == []


def read_and_decide(workday: Workday, server: SandboxServer) -> None:
    first, second = server.process.tasks("manager", kind="expense")[:2]
    workday.inbox_task(first)
    event = workday.event_step(first).event.id
    workday.completed_steps(event)
    workday.waiting_steps(event)
    workday.planned_steps(event)
    target = workday.send_back_targets(first)[0]
    assert workday.send_back(first, "Please add the receipt.", target.id, request_id=REQUEST).id == first
    assert workday.approve(second, "Fine.", request_id=REQUEST).id == second
