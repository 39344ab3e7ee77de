"""What the people of the soak note down: the ledger of clicks, one JSON object per line, safe against a kill."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that somebody did. `at` is the epoch when it began, `seconds` how long the answer took.

    `kind` is "decide", "undo", "elsewhere" (inside Workday) or "connect". `status` is the HTTP status, 0 without one;
    for what happened elsewhere it is 200. `to` is where a task is to be sent back to.
    """

    kind: str
    account: str
    at: float
    seconds: float
    status: int
    nonce: str = ""
    task: str = ""
    action: str = ""
    story: str = ""
    to: str = ""

    @property
    def is_unclear(self) -> bool:
        """No answer that tells whether it was accepted."""
        return self.status == 0 or self.status >= 500


class Notebook:
    """Appends notes from several threads."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lock = threading.Lock()

    def write(self, note: Note) -> None:
        with self._lock:
            self._file.write(json.dumps(asdict(note)) + "\n")
            self._file.flush()


def read(path: Path) -> Iterator[Note]:
    """All notes of a finished notebook."""
    with path.open() as lines:
        for line in lines:
            yield Note(**json.loads(line))
