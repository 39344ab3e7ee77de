"""Sockets that obey one deadline for a whole exchange, and the adapters that open them through the guard."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.adapters import _HostParams, _PoolKwargs

LATE_SECONDS = 0.25
# An answer's body has 1 MiB at most unless more was asked for (`workday.session`); the rest is for headers and
# chunks' sizes.
MAX_WIRE_BYTES = 2 * 1024 * 1024
Dial = Callable[[str, int, float], socket.socket]


class TooLarge(Exception):
    """More of an answer came than is worth reading."""


class Exchange:
    """One request and its answer: until when, how to connect, and whether a byte of it has left."""

    def __init__(self, dial: Dial, seconds: float, wire_bytes: int = MAX_WIRE_BYTES) -> None:
        self.dial = dial
        self.wire_bytes = wire_bytes
        self.deadline = time.monotonic() + seconds
        self.sent = False
        self._late_until = 0.0
        self._taken = 0

    def remaining(self) -> float:
        """Seconds left, from now. Raises TimeoutError when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def patience(self) -> float:
        """Seconds to wait for more of the answer; 0 when only what has come already may still be read.

        A process that was frozen finds the answer, perhaps the only copy of a new token, when its time is over.
        Raises TimeoutError when it has had time enough to read that.
        """
        now = time.monotonic()
        if now < self.deadline:
            return self.deadline - now
        self._late_until = self._late_until or now + LATE_SECONDS
        if now > self._late_until:
            raise TimeoutError
        return 0.0

    def take(self, size: int) -> int:
        """Count `size` bytes of the answer. Raises TooLarge.

        Chunks' sizes, trailers and interim answers are part of no body, and may be without end too.
        """
        self._taken += size
        if self._taken > self.wire_bytes:
            raise TooLarge
        return size

    def __enter__(self) -> Exchange:
        _here.exchange = self
        return self

    def __exit__(self, *error: object) -> None:
        del _here.exchange


class _Here(threading.local):
    exchange: Exchange


_here = _Here()


class DeadlineSocket(socket.socket):
    """A socket whose every operation may take only what is left of the running exchange.

    requests limits each socket operation, so a server that sends one byte at a time could hold a call for ever.
    """

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_here.exchange.patience())
        try:
            return _here.exchange.take(super().recv_into(*args, **kwargs))
        except (BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_here.exchange.remaining())
        _here.exchange.sent = True
        super().sendall(*args, **kwargs)


class DeadlineTLSSocket(ssl.SSLSocket):
    """The same under TLS. The handshake passes by `send`, so it never counts as a byte of the request."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(_here.exchange.remaining())
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_here.exchange.patience())
        try:
            return _here.exchange.take(super().recv_into(*args, **kwargs))
        except (BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_here.exchange.remaining())
        _here.exchange.sent = True
        return super().send(*args, **kwargs)


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to a literal address; nothing is resolved here, so nothing can resolve differently."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = DeadlineSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(seconds)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        exchange = _here.exchange
        return exchange.dial(self.host, int(self.port or 80), exchange.remaining())


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        exchange = _here.exchange
        return exchange.dial(self.host, int(self.port or 443), exchange.remaining())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def _tls_context() -> ssl.SSLContext:
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    context.sslsocket_class = DeadlineTLSSocket
    # urllib3 obeys SSLKEYLOGFILE, and whoever has that log and the traffic reads the tokens.
    context.keylog_filename = None  # type: ignore[assignment]  # the stubs leave None out, which turns it off
    return context


class GuardedAdapter(HTTPAdapter):
    """requests' adapter with kept-alive pools whose connections are all opened by the running exchange."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, ssl_context=_tls_context())
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}


class PlainAdapter(GuardedAdapter):
    """Opens without TLS what is written https inside; mounted for the policy's exact plain origins alone."""

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: bool | str, cert: str | tuple[str, str] | None = None
    ) -> tuple[_HostParams, _PoolKwargs]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        host["scheme"] = "http"
        return host, pool
