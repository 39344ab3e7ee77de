from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from requests.utils import get_netrc_auth

from tests.workday.far_side import Behaviour, far_side, ok, says
from workday import transport
from workday.errors import NotSent, Unanswered
from workday.session import Policy, Session


def plain(url: str) -> Session:
    return Session(Policy((), (url,)))


def dripping(seconds: float, head: bytes = b"") -> Behaviour:
    def behave(stream: socket.socket) -> None:
        stream.sendall(head)
        for _ in range(100):
            stream.sendall(b"x")
            time.sleep(seconds)

    return behave


def test_an_answer_comes_back_whole() -> None:
    with far_side(says(ok(b'{"a": 1}'))) as server, plain(server.url) as session:
        answer = session.send("GET", f"{server.url}/x?y=z", seconds=5)
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert server.requests[0].startswith(b"GET /x?y=z HTTP/1.1\r\n")


def test_a_connection_is_kept_for_the_next_request() -> None:
    def behave(stream: socket.socket) -> None:
        stream.sendall(ok())
        stream.recv(65536)
        stream.sendall(ok(b"second"))

    with far_side(behave) as server, plain(server.url) as session:
        session.send("GET", server.url, seconds=5)
        assert session.send("GET", server.url, seconds=5).body == b"second"
    assert len(server.requests) == 1


@pytest.mark.attack("T41")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_handed_back_and_never_followed(status: int) -> None:
    with far_side(says(ok())) as inside:
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {inside.url}/\r\nContent-Length: 0\r\n\r\n"
        with far_side(says(head.encode())) as server, plain(server.url) as session:
            assert session.send("GET", server.url, seconds=5).status == status
    assert inside.requests == []


def test_cookies_are_not_kept() -> None:
    answer = ok(b"{}", b"Set-Cookie: a=b; Path=/", b"Connection: close")
    with far_side(says(answer)) as server, plain(server.url) as session:
        session.send("GET", server.url, seconds=5)
        session.send("GET", server.url, seconds=5)
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.attack("T42")
def test_the_environment_names_no_proxy_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    with far_side(says(ok())) as proxy, far_side(says(ok())) as server, plain(server.url) as session:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        session.send("GET", server.url, seconds=5)
    assert (len(server.requests), proxy.requests) == (1, [])


@pytest.mark.attack("T42")
def test_no_password_file_of_the_machine_is_read_for_us(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("default login canary password canary\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with far_side(says(ok())) as server, plain(server.url) as session:
        session.send("GET", server.url, seconds=5)
        assert get_netrc_auth(server.url) == ("canary", "canary")
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.attack("T44")
@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]
)
def test_one_byte_at_a_time_does_not_outlast_the_deadline(head: bytes) -> None:
    with far_side(dripping(0.1, head)) as server, plain(server.url) as session:
        begun = time.monotonic()
        with pytest.raises(Unanswered):
            session.send("GET", server.url, seconds=0.5)
    assert time.monotonic() - begun < 1.0


def test_a_server_that_says_nothing_leaves_the_outcome_open() -> None:
    with far_side(lambda stream: time.sleep(1)) as server, plain(server.url) as session, pytest.raises(Unanswered):
        session.send("POST", server.url, seconds=0.3, body=b"{}")


@pytest.mark.attack("T44")
def test_a_body_over_one_mebibyte_is_refused() -> None:
    body = b"x" * (1024 * 1024 + 1)
    with far_side(says(ok(body))) as server, plain(server.url) as session, pytest.raises(Unanswered) as refused:
        session.send("GET", server.url, seconds=5)
    assert refused.value.status == 200


@pytest.mark.attack("T44")
def test_a_compressed_bomb_is_refused_before_it_unfolds() -> None:
    bomb = ok(gzip.compress(b"0" * 50_000_000), b"Content-Encoding: gzip")
    with far_side(says(bomb)) as server, plain(server.url) as session, pytest.raises(Unanswered):
        session.send("GET", server.url, seconds=5)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        ok(b"not gzip", b"Content-Encoding: gzip"),
    ],
)
def test_a_broken_answer_is_no_answer(answer: bytes) -> None:
    with far_side(says(answer)) as server, plain(server.url) as session, pytest.raises(Unanswered):
        session.send("GET", server.url, seconds=5)


def test_nothing_was_sent_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with plain(url) as session, pytest.raises(NotSent):
        session.send("GET", url, seconds=2)


@pytest.mark.attack("T40")
def test_nothing_was_sent_when_the_name_does_not_resolve() -> None:
    def unknown(host: str, port: int, seconds: float) -> list[str]:
        raise NotSent("The host name could not be resolved.")

    with Session(Policy(("workday.com",)), resolve=unknown) as session, pytest.raises(NotSent):
        session.send("GET", "https://x.workday.com/", seconds=2)


@pytest.mark.attack("T18")
def test_an_exception_carries_no_request() -> None:
    headers = {"Authorization": "Bearer canary-9"}
    with far_side(says(b"")) as server, plain(server.url) as session, pytest.raises(Unanswered) as failure:
        session.send("GET", server.url, seconds=5, headers=headers)
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None
    assert "canary-9" not in "".join(traceback.format_exception(failure.value))


@pytest.mark.attack("T40")
def test_a_name_that_turns_inward_is_never_dialled() -> None:
    dialled: list[str] = []
    turns = itertools.cycle([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:10.0.0.1"]])

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    with Session(Policy(("workday.com",)), resolve=lambda *_: next(turns), dial=dial) as session:
        for _ in range(1000):
            with pytest.raises(NotSent):
                session.send("GET", "https://x.workday.com/", seconds=5)
    assert set(dialled) == {"93.184.216.34"}
    assert len(dialled) == 250


def test_one_session_serves_many_threads() -> None:
    bodies: list[bytes] = []
    with far_side(says(ok(b"{}", b"Connection: close"))) as server, plain(server.url) as session:
        threads = [
            threading.Thread(target=lambda: bodies.append(session.send("GET", server.url, seconds=5).body))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert bodies == [b"{}"] * 20


@pytest.mark.attack("T31")
def test_what_came_while_this_process_was_frozen_is_still_read() -> None:
    """It may be the only copy of a new token."""
    with far_side(in_two_parts) as server, Session(Policy((), (server.url,)), dial=frozen_after_the_head) as session:
        assert session.send("GET", server.url, seconds=0.3).body == b"whole"


@pytest.mark.attack("T31")
def test_after_being_frozen_nothing_is_waited_for() -> None:
    with far_side(dripping(0.2, ok(b"x" * 100)[:-99])) as server:
        with Session(Policy((), (server.url,)), dial=frozen_after_the_head) as session, pytest.raises(Unanswered):
            session.send("GET", server.url, seconds=0.3)
        assert len(server.requests) == 1


def in_two_parts(stream: socket.socket) -> None:
    answer = ok(b"whole")
    stream.sendall(answer[:-5])
    time.sleep(0.1)
    stream.sendall(answer[-5:])


class Frozen(transport.DeadlineSocket):
    """As if the process were stopped after each read, for longer than its deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        size = super().recv_into(*args, **kwargs)
        time.sleep(0.5)
        return size


def frozen_after_the_head(address: str, port: int, seconds: float) -> socket.socket:
    sock = Frozen(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(seconds)
    sock.connect((address, port))
    return sock
