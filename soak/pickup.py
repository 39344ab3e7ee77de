"""Whether the workers listen to Redis again after they lost it, and how long that took them."""

from __future__ import annotations

import socket
import time
from pathlib import Path

LIMIT_SECONDS = 30.0


def command(path: Path, *words: str, seconds: float = 1.0) -> bytes:
    """One Redis command over a connection of its own; the answer as it came. Raises OSError."""
    wish = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(path))
        connection.sendall(wish.encode())
        return _answer(connection)


def _answer(connection: socket.socket) -> bytes:
    file = connection.makefile("rb")
    line = file.readline()
    if line.startswith(b"-"):
        raise ConnectionError(line.decode())
    return file.read(int(line[1:])) if line.startswith(b"$") else line


def listeners(path: Path) -> int:
    """How many connections wait for messages with BRPOP, which is what a ready worker does. Raises OSError."""
    return command(path, "CLIENT", "LIST", seconds=0.3).count(b"cmd=brpop")


class Pickup:
    """Waits for every worker that has been up for long enough; a worker just started is not late yet."""

    def __init__(self, back_at: float) -> None:
        self.back_at = back_at
        self.took: float | None = None

    def look(self, path: Path, wanted: int) -> bool:
        """Whether the question is settled: all listen again, or it took too long (`took` is then the limit)."""
        passed = time.monotonic() - self.back_at
        if passed < 0:
            return False
        try:
            heard = listeners(path) >= wanted
        except OSError:
            heard = False
        if heard or passed > LIMIT_SECONDS:
            self.took = min(passed, LIMIT_SECONDS)
        return self.took is not None
