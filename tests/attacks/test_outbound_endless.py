"""T44, and answers that are small but unfold: none outlasts its deadline or makes a process grow.

What a process eats is measured in one of its own, whose far side is here.
"""

from __future__ import annotations

import gzip
import json
import random
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from inbox.models.look import RUN_SECONDS
from tests.workday.far_side import Behaviour, far_side, ok, says
from workday import client
from workday.errors import Unanswered
from workday.secret import Secret
from workday.session import Policy, Session

pytestmark = [
    pytest.mark.attack("T44"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

SECONDS = 1.0
GRACE_SECONDS = 0.5
MEGABYTES = 20
MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"
GZIP = b"Content-Encoding: gzip"


def hungry(kind: str, port: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.attacks.hungry", kind, str(port), str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_fed_up(found: dict[str, Any], ended: str = "Unanswered") -> None:
    assert found["ended"] == ended
    assert found["seconds"] <= SECONDS + GRACE_SECONDS, found
    assert found["megabytes"] < MEGABYTES, found


def then(head: bytes, part: bytes) -> Behaviour:
    """`head`, and then `part` for ever."""

    def pour(stream: socket.socket) -> None:
        stream.sendall(head)
        while True:
            stream.sendall(part)

    return pour


def slowly(head: bytes) -> Behaviour:
    """`head`, and then a byte every five seconds; the first comes early, so that the client waits for a second one."""

    def drip(stream: socket.socket) -> None:
        stream.sendall(head)
        stream.sendall(b" ")
        time.sleep(5)
        stream.sendall(b" ")

    return drip


def chunked(body: bytes, size: int = 65536) -> bytes:
    parts = (body[place : place + size] for place in range(0, len(body), size))
    head = HEAD + GZIP + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def numbered(count: int) -> bytes:
    return json.dumps({f"k{number}": number for number in range(count)}).encode()


SPACES = gzip.compress(b" " * (100 * MIB))
NOISE = random.Random(44).randbytes(MIB)
ANSWERS: dict[str, Behaviour] = {
    "a byte in five seconds, in the headers": slowly(HEAD + b"X-Slow:"),
    "a byte in five seconds, in the body": slowly(HEAD + b"Content-Length: 1000\r\n\r\n"),
    "a byte in five seconds, in a chunk's size": slowly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a byte in five seconds, before the answer": slowly(b""),
    "10 GB": then(HEAD + b"Content-Length: 10737418240\r\n\r\n", b" " * 65536),
    "a body without end": then(HEAD + b"\r\n", b" " * 65536),
    "chunks without end": then(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "a chunk of minus one": then(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b" " * 65536),
    "a flood of headers": then(HEAD, b"X-Flood: " + b"y" * 60000 + b"\r\n"),
    "a flood of cookies": then(HEAD, b"Set-Cookie: a=" + b"y" * 4000 + b"; Path=/; Expires=never\r\n"),
    "a hundred fat headers": says(HEAD + (b"Set-Cookie: a=" + b"y" * 15000 + b"\r\n") * 99 + b"\r\n"),
    "one header without end": then(HEAD + b"X-Flood: ", b"y" * 65536),
    "interim answers without end": then(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 1000),
    "gzip 1000:1": says(ok(SPACES, GZIP)),
    "gzip 1000:1 in chunks": says(chunked(SPACES)),
    "gzip in gzip": says(ok(gzip.compress(SPACES), b"Content-Encoding: gzip, gzip")),
    "deflate, which nobody asked for": says(ok(zlib.compress(b" " * (100 * MIB)), b"Content-Encoding: deflate")),
    "gzip members without end": then(HEAD + GZIP + b"\r\n\r\n", gzip.compress(b"") * 3000),
    "noise that says it is gzip": then(HEAD + GZIP + b"\r\n\r\n", NOISE),
    "JSON 100,000 deep": says(ok(b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "JSON of 500,000 brackets": says(ok(b'{"data":' + b"[" * 500_000 + b"]" * 500_000 + b"}")),
    "JSON of 300,000 lists": says(ok(b'{"data":[' + b",".join([b"[]"] * 300_000) + b"]}")),
    "JSON of 300,000 objects": says(ok(b'{"data":[' + b",".join([b"{}"] * 300_000) + b"]}")),
    "JSON of 60,000 keys": says(ok(numbered(60_000))),
    "JSON of 49,000 keys": says(ok(b'{"data":' + numbered(49_000) + b"}")),
    "JSON of 49,000 objects": says(ok(b'{"data":' + b'{"a":' * 24_000 + b"[" + b"{}" + b",{}" * 12_000 + b"]")),
    "a number of a million digits": says(ok(b'{"data":' + b"9" * 1_000_000 + b"}")),
    "a fraction of a million digits": says(ok(b'{"data":0.' + b"9" * 1_000_000 + b"}")),
    "a text of escapes": says(ok(b'{"data":"' + rb"\ud83d\ude00" * 80_000 + b'"}')),
}


@pytest.mark.parametrize("behaviour", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_neither_outlasts_its_deadline_nor_fills_the_memory(behaviour: Behaviour) -> None:
    with far_side(behaviour) as server:
        assert_fed_up(hungry("plain", server.port))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "part", [b"", b"\x16\x03\x03\x40\x00", b"\x16"], ids=["silence", "half a record", "half a head"]
)
def test_a_handshake_does_not_outlast_the_deadline(part: bytes) -> None:
    with far_side(slowly(part)) as server:
        assert_fed_up(hungry("tls", server.port), "NotSent")


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that answers no attempt to connect, as a firewall that drops does: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for each in waiting:
            each.close()


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_a_connection_that_nobody_answers_does_not_outlast_the_deadline(black_hole: int, kind: str) -> None:
    assert_fed_up(hungry(kind, black_hole), "NotSent")


def test_a_list_whose_pages_never_end_does_not_hold_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LIST_SECONDS", 0.3)
    page = ok(b'{"data": [{"id": "a"}]}', b"Connection: close")
    with far_side(says(page)) as server, Session(Policy((), (server.url,))) as session:
        workday = client.Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("a token"))
        with pytest.raises(Unanswered, match="did not end"):
            list(workday.inbox())
    assert 1 < len(server.requests) < client.MAX_TASKS


def test_a_listing_is_given_up_before_it_counts_as_dead() -> None:
    assert client.LIST_SECONDS + settings.READ_SECONDS < RUN_SECONDS


def test_the_measure_notices_an_answer_that_is_large_and_allowed() -> None:
    """So that a measure that always says nothing does not pass for a good one."""
    tasks = [{"id": f"{number:032x}", "descriptor": "x" * 200} for number in range(3500)]
    with far_side(says(ok(json.dumps({"data": tasks}).encode(), b"Connection: close"))) as server:
        found = hungry("plain", server.port)
    assert 1 < found["megabytes"] < MEGABYTES
