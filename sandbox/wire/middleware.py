"""The way in and out: every request is written into the ledger, and faults are played on it.

Requests for the control plane, the start page and the health check are not Workday's and pass untouched.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.test import run_wsgi_app

from sandbox.company.clock import now
from sandbox.wire.dates import date_header
from sandbox.wire.faults import Fault
from sandbox.wire.ledger import Entry, fingerprint, readable_body, readable_headers, readable_query
from sandbox.wire.mangle import Answer, instead, json_answer, spoil

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from sandbox.world import World

_MAX_BODY = 1024 * 1024
_APPLIED = "sandbox.applied"
Environ = dict[str, Any]


def mark_applied(environ: Environ) -> None:
    """Say that the current request changed a task, an event or a grant."""
    environ[_APPLIED].append(True)


class Wire:
    """The WSGI application around the application."""

    def __init__(self, application: WSGIApplication, world: World) -> None:
        self._application, self._world = application, world

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in {"/", "/healthz"} or path.startswith("/_sandbox"):
            return _send(self._run(environ), start_response)
        return self._recorded(environ, start_response)

    def _recorded(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(_MAX_BODY + 1)
        environ["wsgi.input"] = io.BytesIO(body)
        entry = self._world.ledger.open(_entry(environ, body))
        fault = self._fault(environ, entry)
        if len(body) > _MAX_BODY:
            answer = json_answer(413, {"error": "invalid request: too large"})
        else:
            answer = self._played(environ, entry, fault) if fault else self._run(environ, entry)
        entry.status, entry.done = answer.status, now()
        if offset := self._world.clock_offset(entry.path):
            answer.headers.append(date_header(offset))
        return _send(answer, start_response)

    def _fault(self, environ: Environ, entry: Entry) -> Fault | None:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        with self._world.lock:
            issued = self._world.issued(entry.path, authorization)
            holds = self._world.bearer(entry.path, authorization) is not None
        if issued:
            person, grant = issued
            entry.issued_to = {"key": person.key, "id": person.wid, "name": person.name}
            entry.worker = entry.issued_to if holds else None
            entry.token = fingerprint(authorization.removeprefix("Bearer "))
            entry.grant = "isu" if grant.isu else "user"
        fault = self._world.faults.take(entry.path, entry.method, set((entry.worker or {}).values()))
        entry.fault = fault.kind if fault else None
        return fault

    def _played(self, environ: Environ, entry: Entry, fault: Fault) -> Answer:
        if fault.kind == "delay":
            time.sleep(fault.seconds)
        if not fault.applies:
            return instead(fault)
        answer = self._run(environ, entry)
        if fault.kind == "apply_then_delay":
            time.sleep(fault.seconds)
        return spoil(fault, answer)

    def _run(self, environ: Environ, entry: Entry | None = None) -> Answer:
        # What was changed is on disk before the answer leaves, and nobody else sees it half done.
        # The note is a list because the application works on a copy of the environment.
        note = environ.setdefault(_APPLIED, [])
        with self._world.lock:
            parts, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            body = b"".join(parts)
            self._world.flush()
        if entry:
            entry.applied = bool(note)
        return Answer(int(status.split()[0]), list(headers), body)


def _entry(environ: Environ, body: bytes) -> Entry:
    return Entry(
        n=0,
        time=now(),
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=readable_query(environ.get("QUERY_STRING", "")),
        body=readable_body(body, environ.get("CONTENT_TYPE", "")),
        headers=readable_headers(environ),
    )


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    if answer.status is None:
        # The server closes the connection on this without a byte of answer.
        raise ConnectionResetError(errno.ECONNRESET, "dropped by a fault")
    start_response(f"{answer.status} {_phrase(answer.status)}", answer.headers)
    return answer.stream if answer.stream is not None else [answer.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
