"""How long an exchange may take from its first step on, and how many bytes of an answer are taken in at all."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workday.far_side import far_side
from tests.workday.test_tls import NAME, certificate, session
from workday import transport
from workday.errors import NotSent, Unanswered
from workday.session import Policy, Session

PUBLIC = "93.184.216.34"
SECONDS = 0.6


def after(seconds: float) -> Callable[[str, int, float], list[str]]:
    """A name server that takes that long, when it is given as long."""

    def resolve(host: str, port: int, patience: float) -> list[str]:
        time.sleep(min(seconds, patience))
        return [PUBLIC, "2606:2800:220:1::1", "1.1.1.1"]

    return resolve


def black_hole(address: str, port: int, seconds: float) -> socket.socket:
    time.sleep(seconds)
    raise TimeoutError


@pytest.mark.attack("T44")
def test_a_slow_name_leaves_less_time_to_connect() -> None:
    with Session(Policy(("workday.com",)), resolve=after(SECONDS - 0.1), dial=black_hole) as client:
        begun = time.monotonic()
        with pytest.raises(NotSent):
            client.send("GET", f"https://{NAME}/", seconds=SECONDS)
    assert time.monotonic() - begun < SECONDS + 0.5


@pytest.mark.attack("T44")
def test_every_address_gets_its_share_of_the_time_that_is_left() -> None:
    given: list[float] = []

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        given.append(seconds)
        raise ConnectionRefusedError

    with Session(Policy(("workday.com",)), resolve=after(0), dial=dial) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=6)
    assert [round(seconds) for seconds in given] == [2, 3, 6]


@pytest.mark.attack("T44")
@pytest.mark.parametrize("pause", [0.05, 10])
def test_a_handshake_that_never_ends_counts_from_the_start(tmp_path: Path, pause: float) -> None:
    def drip(stream: socket.socket) -> None:
        for byte in itertools.chain(b"\x16\x03\x03\x3f\xff", itertools.repeat(0, 100)):
            stream.sendall(bytes([byte]))
            time.sleep(min(pause, 1.5))

    with far_side(drip) as server, session(server, certificate(tmp_path, NAME)) as client:
        slowly = client._dial

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            time.sleep(SECONDS - 0.1)
            return slowly(address, port, seconds)

        client._dial = dial
        begun = time.monotonic()
        with pytest.raises(NotSent):
            client.send("GET", f"https://{NAME}/", seconds=SECONDS)
    assert time.monotonic() - begun < SECONDS + 0.5


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.attack("T44")
@pytest.mark.parametrize(
    ("head", "part"),
    [
        (HEAD + b"Content-Length: 10000000000\r\n\r\n", b" " * 65536),
        (HEAD + b"\r\n", b" " * 65536),
        (CHUNKED + b"2540be400\r\n", b" " * 65536),
        (CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
        (CHUNKED, b"1\r\n \r\n" * 8192),
        (CHUNKED + b"-1\r\n", b" " * 65536),
        (CHUNKED + b"5;", b"x" * 65536),
        (CHUNKED + b"0\r\n", b"X-Trailer: y\r\n" * 4096),
        (HEAD, b"X-Flood: y\r\n" * 4096),
        (HEAD, b"X" * 65536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2048),
        (
            HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10000\r\n" + b"\0" * 65536 + b"\r\n",
        ),
    ],
    ids=[
        "a body of 10 GB",
        "a body without end",
        "a chunk of 10 GB",
        "chunks without end",
        "chunks of one byte",
        "a chunk of minus one",
        "an endless extension",
        "endless trailers",
        "endless headers",
        "an endless header",
        "endless interim answers",
        "an encoding that is none",
    ],
)
def test_an_answer_without_end_is_cut_off_long_before_the_deadline(head: bytes, part: bytes) -> None:
    taken = 0

    def pour(stream: socket.socket) -> None:
        nonlocal taken
        stream.sendall(head)
        while True:
            stream.sendall(part)
            taken += len(part)

    with far_side(pour) as server, Session(Policy((), (server.url,))) as client:
        begun = time.monotonic()
        with pytest.raises(Unanswered):
            client.send("GET", server.url, seconds=8)
    assert time.monotonic() - begun < 7
    # What the two sockets' buffers hold comes on top.
    assert taken < transport.MAX_WIRE_BYTES + 16 * 1024 * 1024
