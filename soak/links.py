"""Telling the fault proxy what to do to which link."""

from __future__ import annotations

import json
import socket
from pathlib import Path

SECONDS = 5.0


class Links:
    """The proxy's control socket. Raises OSError when the proxy does not answer."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self.touched: dict[str, int] = {}

    def play(self, link: str, mode: str, seconds: float = 0.0) -> None:
        """Change what is done to a link; `touched` then tells how many connections each link's faults have met."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(str(self._control))
            connection.sendall(json.dumps({"link": link, "mode": mode, "seconds": seconds}).encode() + b"\n")
            self.touched = json.loads(connection.makefile().readline())
