"""Turns the answer of a request into the one that a fault asks for."""

from __future__ import annotations

import errno
import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.wire.faults import MAX_SECONDS, Fault

_CHUNK = 64 * 1024
_RATE_LIMITED = 429
_PAGE = b"<!doctype html><title>Maintenance</title><h1>Workday is currently unavailable</h1>"
_GARBAGE: dict[str, Callable[[], bytes]] = {
    "text": lambda: b"}{ this is not JSON",
    "bytes": lambda: bytes(range(128, 256)) * 4,
    "deep": lambda: b"[" * 100_000 + b"]" * 100_000,
    "bigint": lambda: b'{"id":' + b"9" * 100_000 + b"}",
    "nan": lambda: b'{"id":NaN,"total":Infinity}',
    "duplicate": lambda: b'{"id":"a","id":"b","total":1,"total":2}',
}


@dataclass(slots=True)
class Answer:
    """An answer on its way out. `status` None means that no byte of it is sent."""

    status: int | None
    headers: list[tuple[str, str]]
    body: bytes
    stream: Iterator[bytes] | None = None


def json_answer(status: int, body: dict[str, Any], *headers: tuple[str, str]) -> Answer:
    """An answer in JSON."""
    return _with_body(Answer(status, list(headers), b""), json.dumps(body).encode(), "application/json")


def instead(fault: Fault) -> Answer:
    """The answer to a request that was not carried out."""
    match fault.kind:
        case "rate_limit":
            retry = [("Retry-After", fault.retry_after)] if fault.retry_after is not None else []
            return json_answer(_RATE_LIMITED, {"error": fault.error or "too many requests"}, *retry)
        case "redirect":
            return Answer(fault.status or 307, [("Location", fault.location or "/"), ("Content-Length", "0")], b"")
        case "drop_before":
            return Answer(None, [], b"")
        case "status":
            return _error(fault)
        case _:
            return spoil(fault, json_answer(200, {"id": "0" * 32}))


def spoil(fault: Fault, answer: Answer) -> Answer:
    """The answer to a request that was carried out."""
    match fault.kind:
        case "apply_then_drop" | "drop_before":
            return Answer(None, [], b"")
        case "apply_then_status" | "status":
            return _error(fault)
        case "rate_limit" | "redirect":
            return instead(fault)
        case "empty":
            return _with_body(answer, b"", "application/json")
        case "garbage":
            return _with_body(answer, _GARBAGE[fault.flavour](), "application/json")
        case "html":
            return _with_body(answer, _PAGE, "text/html; charset=utf-8")
        case "wrong_id":
            return _with_body(answer, _other_ids(answer.body), "application/json")
        case "truncate":
            answer.stream = _truncated(answer.body, fault.keep)
        case "drip":
            answer.stream = _dripping(answer.body, fault.seconds or 1.0)
        case "huge":
            return _huge(fault, answer)
    return answer


def _error(fault: Fault) -> Answer:
    body = {"error": fault.error or "internal error"} | ({"code": fault.code} if fault.code else {})
    retry = [("Retry-After", fault.retry_after)] if fault.retry_after is not None else []
    return json_answer(fault.status or 500, body, *retry)


def _with_body(answer: Answer, body: bytes, content_type: str) -> Answer:
    kept = [pair for pair in answer.headers if pair[0].lower() not in {"content-length", "content-type"}]
    headers = [*kept, ("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Answer(answer.status, headers, body)


def _other_ids(body: bytes) -> bytes:
    parsed = json.loads(body or b"{}")
    for item in [parsed, *parsed.get("data", [])]:
        if "id" in item:
            item["id"] = item["id"][::-1]
    return json.dumps(parsed).encode()


def _truncated(body: bytes, keep: int | None) -> Iterator[bytes]:
    # The headers promise the whole body, so the far side sees the connection break in the middle of it.
    yield body[: len(body) // 2 if keep is None else keep]
    raise ConnectionResetError(errno.ECONNRESET, "cut off by a fault")


def _dripping(body: bytes, pause: float) -> Iterator[bytes]:
    deadline = time.monotonic() + MAX_SECONDS
    for place in range(len(body)):
        if time.monotonic() > deadline:
            raise ConnectionResetError(errno.ECONNRESET, "dripped for a minute")
        yield body[place : place + 1]
        time.sleep(pause)


def _huge(fault: Fault, answer: Answer) -> Answer:
    headers = [("Content-Type", "application/json")]
    if fault.encoding == "gzip":
        # Spaces are valid JSON and shrink a thousandfold: a small answer that unpacks to `size` bytes.
        body = gzip.compress(b" " * fault.size, compresslevel=9)
        return Answer(answer.status, [*headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))], body)
    headers.append(("Content-Length", str(fault.size)))
    return Answer(answer.status, headers, b"", _spaces(fault.size))


def _spaces(size: int) -> Iterator[bytes]:
    while size > 0:
        yield b" " * min(size, _CHUNK)
        size -= _CHUNK
