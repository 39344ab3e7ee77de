"""Ports on this machine: which one is wanted, whether it is free, whether it answers."""

from __future__ import annotations

import http.client
import os
import socket

from dev.problems import CommandError

HOST = "127.0.0.1"


def wanted(variable: str, default: int) -> int:
    """The port that an environment variable names. Raises CommandError when it is no port."""
    text = os.environ.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CommandError(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def must_be_free(port: int, variable: str) -> None:
    """Raises CommandError, naming the variable that changes the port, when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = error.strerror.lower() if error.strerror else "not free"
            raise CommandError(f"Port {port} cannot be used ({why}); set {variable} to another one.") from error


def healthy(port: int) -> bool:
    """Whether GET /healthz answers 200 within a second."""
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
