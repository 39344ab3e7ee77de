"""A server on loopback that answers with exactly the bytes a test gives it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


@dataclass
class FarSide:
    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def far_side(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[FarSide]:
    """Accept connections, read one request from each, and let `behave` answer it until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = FarSide(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_answer, args=(connection, behave, tls, seen), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield seen
    finally:
        # Closing alone does not wake a thread that is waiting in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _answer(connection: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None, seen: FarSide) -> None:
    try:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
            stream.settimeout(10)
            seen.requests.append(stream.recv(65536))
            behave(stream)
    except OSError:
        # The client hung up or refused the certificate, which is what some tests are about.
        pass
    finally:
        connection.close()


def says(*parts: bytes) -> Behaviour:
    def behave(stream: socket.socket) -> None:
        for part in parts:
            stream.sendall(part)

    return behave


def ok(body: bytes = b"{}", *headers: bytes) -> bytes:
    head = b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers))
    return head + b"\r\n\r\n" + body
