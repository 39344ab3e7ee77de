"""Serves the sandbox with gunicorn: one process, because the company lives in its memory, and 16 threads."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn ships no types.

from sandbox.app import check, make_app
from sandbox.settings import Settings, SettingsError
from sandbox.wire.dates import let_applications_say_the_date

_THREADS = 16
_BACKLOG = 256
_PR_SET_PDEATHSIG = 1


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types.
    """gunicorn on a descriptor that is already listening, configured here and nowhere else."""

    def __init__(self, settings: Settings, listener: int) -> None:
        self._settings = settings
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """One gthread worker, kept-alive connections, no control socket, no access log."""
        options = {
            "bind": f"fd://{self._listener}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": _THREADS,
            "worker_connections": 500,
            "keepalive": 75,
            "timeout": 120,
            "graceful_timeout": 1,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "sandbox",
            "post_fork": _die_with_parent,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The application, made in the process that serves: a database must not be carried over a fork."""
        return make_app(self._settings)


def _die_with_parent(arbiter: object, worker: object) -> None:
    """Linux ends the serving process together with a killed parent, so that the port is free at once.

    Elsewhere gunicorn notices within a second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(settings: Settings) -> None:
    """Serve until told to stop. Raises SettingsError (also for a taken port) and StoreError."""
    # Over plain http Authlib would refuse to work for any host but the loopback ones.
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
    let_applications_say_the_date()
    listener = _listen(settings.host, settings.port)
    check(settings)
    host, port = listener.getsockname()[:2]
    print(f"Sandbox tenant on http://{host}:{port}", flush=True)
    # gunicorn takes the descriptor over and closes it, so nobody else may own it any more.
    Server(settings, listener.detach()).run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Headers and body leave in two writes; without this the second waits 40 ms for the first one's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        text = f"SANDBOX_PORT: {host}:{port} cannot be used: {error.strerror or error}."
        raise SettingsError(text) from error
    return listener
