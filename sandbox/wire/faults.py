"""Faults that are played on requests: which request, what happens, and how often."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

MAX_SECONDS = 60.0
MAX_BYTES = 64 * 1024 * 1024

# For each kind, whether the request is carried out although its answer is spoilt. `apply` overrides it.
KINDS: dict[str, bool] = {
    "status": False,
    "rate_limit": False,
    "redirect": False,
    "drop_before": False,
    "delay": True,
    "apply_then_delay": True,
    "apply_then_drop": True,
    "apply_then_status": True,
    "empty": True,
    "garbage": True,
    "truncate": True,
    "html": True,
    "wrong_id": True,
    "drip": True,
    "huge": True,
}
FLAVOURS = ("text", "deep", "bigint", "nan", "duplicate", "bytes")


class FaultError(Exception):
    """The wish for a fault cannot be understood."""


@dataclass(slots=True)
class Fault:
    """One fault. `path` is a glob over the whole path, or a regular expression after "regex:".

    `seconds` is the delay, or the pause between two bytes of a drip. `retry_after` is sent as it is.
    `times` is how often it is still played, None is until cleared. `size` is in bytes. `keep` is how many bytes
    of a truncated answer go out (half of them when not given).
    """

    id: int
    path: str
    kind: str
    method: str = ""
    worker: str = ""
    apply: bool | None = None
    status: int = 0
    code: str = ""
    error: str = ""
    seconds: float = 0.0
    retry_after: str | None = None
    location: str = ""
    flavour: str = "text"
    encoding: str = ""
    size: int = MAX_BYTES
    keep: int | None = None
    times: int | None = None
    played: int = 0

    @property
    def applies(self) -> bool:
        """Whether the request is carried out."""
        return KINDS[self.kind] if self.apply is None else self.apply

    def matches(self, path: str, method: str, names: set[str]) -> bool:
        """Whether this request is meant; `names` are the key, WID and name of whose token it carries."""
        if self.times is not None and self.played >= self.times:
            return False
        if self.method and self.method.upper() != method:
            return False
        if self.worker and self.worker not in names:
            return False
        if self.path.startswith("regex:"):
            return re.search(self.path.removeprefix("regex:"), path) is not None
        return fnmatchcase(path, self.path)


class Faults:
    """The faults that are set. The one set first is played first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._count = 0
        self._lock = threading.Lock()

    def add(self, wish: dict[str, Any]) -> Fault:
        """Set a fault. Raises FaultError."""
        with self._lock:
            self._count += 1
            fault = _fault(self._count, wish)
            self._faults.append(fault)
        return fault

    def take(self, path: str, method: str, names: set[str]) -> Fault | None:
        """The fault to play on this request, if any; counts it as played."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.matches(path, method, names):
                    fault.played += 1
                    return fault
        return None

    def clear(self) -> None:
        """Play no fault any more."""
        with self._lock:
            self._faults.clear()

    def read(self) -> list[dict[str, Any]]:
        """All faults, with how often each was played."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]


def _fault(number: int, wish: dict[str, Any]) -> Fault:
    wish = {name: value for name, value in wish.items() if value is not None and name not in {"id", "played"}}
    if isinstance(wish.get("retry_after"), int):
        wish["retry_after"] = str(wish["retry_after"])
    try:
        fault = Fault(id=number, **wish)
        fault.seconds = float(fault.seconds)
        fault.matches("/", "GET", set())
    except (TypeError, ValueError, re.error) as error:
        raise FaultError(f"This fault cannot be understood: {error}.") from error
    if fault.kind not in KINDS:
        raise FaultError(f"There is no fault of the kind {fault.kind!r}; there are {', '.join(KINDS)}.")
    if not 0 <= fault.seconds <= MAX_SECONDS or not 0 <= fault.size <= MAX_BYTES:
        raise FaultError("A fault lasts 60 seconds and takes 64 MiB at most.")
    if fault.flavour not in FLAVOURS:
        raise FaultError(f"Garbage comes as one of {', '.join(FLAVOURS)}.")
    return fault
