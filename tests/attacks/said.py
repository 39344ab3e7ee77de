"""A far side without a server: each connection finds the next answer waiting in its socket."""

from __future__ import annotations

import socket

from workday import transport
from workday.session import Policy, Session

ORIGIN = "http://127.0.0.1:1"
NO_MORE = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"data":[]}'


class Said:
    """`answers` are said one after the other, then empty pages. An answer must fit into a socket's buffer."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self._far_end: socket.socket | None = None

    def session(self) -> Session:
        return Session(Policy((), (ORIGIN,)), dial=self._dial)

    def close(self) -> None:
        if self._far_end:
            self._far_end.close()

    def _dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.close()
        ours, self._far_end = socket.socketpair()
        self._far_end.settimeout(seconds)
        self._far_end.sendall(self.answers.pop(0) if self.answers else NO_MORE)
        self._far_end.shutdown(socket.SHUT_WR)
        return transport.DeadlineSocket(fileno=ours.detach())
