"""The ledger: everything the sandbox was asked, with secrets replaced by short fingerprints."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl

_KEPT = 50_000
_SECRET = frozenset(
    {
        "client_secret",
        "code",
        "refresh_token",
        "access_token",
        "code_verifier",
        "assertion",
        "password",
        "state",
    }
)
_HEADERS = (
    "accept",
    "content-type",
    "host",
    "user-agent",
    "wd-external-request-id",
    "wd-external-application-id",
    "wd-external-originator-id",
    "x-validate-only",
)


def fingerprint(secret: str) -> str:
    """Enough of a SHA-256 to tell two secrets apart, and too little to use one."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


@dataclass(slots=True)
class Entry:
    """One request. `status` is what went out on the wire, None while unanswered or when it was dropped.

    `time` and `done` are ISO date-times with milliseconds. `applied` says whether it changed a task, an event
    or a grant. `worker` is who a request came as, and `issued_to` whom its token was once given to, which remains
    when the token has ended. `token` is the fingerprint of the bearer, `grant` is "user" or "isu".
    """

    n: int
    time: str
    method: str
    path: str
    query: dict[str, Any]
    body: Any
    headers: dict[str, str]
    worker: dict[str, str] | None = None
    issued_to: dict[str, str] | None = None
    token: str | None = None
    grant: str | None = None
    status: int | None = None
    applied: bool = False
    fault: str | None = None
    done: str | None = None


@dataclass(slots=True)
class Ledger:
    """The newest 50,000 requests, oldest first."""

    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, entry: Entry) -> Entry:
        """Add a request when it arrives; what becomes of it is filled in later, in place."""
        with self._lock:
            self._count += 1
            entry.n = self._count
            self._entries.append(entry)
        return entry

    def read(self, path: str = "", method: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Requests after number `since` whose path contains `path`."""
        with self._lock:
            chosen = [entry for entry in self._entries if entry.n > since]
        return [
            asdict(entry) for entry in chosen if path in entry.path and (not method or entry.method == method.upper())
        ]

    def clear(self) -> None:
        """Forget all requests; numbers go on rising."""
        with self._lock:
            self._entries.clear()


def readable_query(query: str) -> dict[str, Any]:
    """A query string as a dictionary; a parameter that was repeated becomes a list."""
    return _gathered(parse_qsl(query, keep_blank_values=True))


def readable_body(body: bytes, content_type: str) -> Any:
    """A request's body, parsed, without its secrets; text that cannot be parsed stays text."""
    if not body:
        return None
    text = body[:65_536].decode("utf-8", "replace")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return _gathered(parse_qsl(text, keep_blank_values=True))
    try:
        return _masked(json.loads(text))
    except (ValueError, RecursionError):
        return text


def readable_headers(environ: dict[str, Any]) -> dict[str, str]:
    """The headers worth keeping; never Authorization or cookies."""
    found = {name: environ.get(f"HTTP_{name.upper().replace('-', '_')}") for name in _HEADERS}
    found["content-type"] = environ.get("CONTENT_TYPE")
    return {name: value for name, value in found.items() if value}


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    gathered: dict[str, Any] = {}
    for name, value in pairs:
        shown = fingerprint(value) if name in _SECRET and value else value
        if name in gathered:
            earlier = gathered[name]
            gathered[name] = [*(earlier if isinstance(earlier, list) else [earlier]), shown]
        else:
            gathered[name] = shown
    return gathered


def _masked(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: fingerprint(str(value)) if name in _SECRET and value else value for name, value in body.items()}
