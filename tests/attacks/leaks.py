"""The whole product at its most talkative, with a failure at every step, and all that it leaves behind."""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import requests
from psycopg import sql

from bench.person import DecideForm, Person
from connections.failpoints import POINTS
from dev import parts, ports
from tests.attacks import residue
from tests.attacks.refusing import refusing
from tests.crash.supervised import Supervised
from tests.system import TENANT, System

PATIENCE = 60.0
# Leases that end soon, so that what failed is soon tried again.
QUICK = {
    "UNDO_SECONDS": "0",
    "READ_SECONDS": "0.8",
    "SEND_SECONDS": "1",
    "GRACE_SECONDS": "0.3",
    "READS_APART_SECONDS": "0.3",
    "LEASE_SECONDS": "2",
    "SWEEP_SECONDS": "0.5",
}
# Each makes one step of connecting fail in the database, with the secrets of that step in memory.
STATEMENTS = [
    ("connections_oauthstate", "INSERT"),
    ("connections_oauthstate", "DELETE"),
    ("connections_connection", "INSERT OR UPDATE"),
    ("audit_event", "INSERT"),
]
# And each of these fails at the far side; what is left of a truncated answer holds half of the tokens.
WEATHER: list[dict[str, Any]] = [
    {"path": "*/token", "kind": "status", "status": 500},
    {"path": "*/token", "kind": "truncate"},
    {"path": "*/token", "kind": "redirect", "status": 307},
    {"path": "*/token", "kind": "apply_then_drop"},
    {"path": "*/workers/me", "kind": "garbage"},
    {"path": "*/workers/me", "kind": "status", "status": 403},
]
# Tokens have ended, and a renewal and a listing that failed are given up.
AS_IF_TIME_HAD_PASSED = """
    UPDATE connections_connection
    SET access_expires_at = now(), refresh_intent_at = refresh_intent_at - interval '1 minute';
    UPDATE inbox_inboxsync SET started_at = started_at - interval '1 minute'
"""
ENTRIES = (
    *("name", "environment", "client_id", "decide_by"),
    *("rest_endpoint", "authorization_endpoint", "token_endpoint"),
)
SEND = r"regex:/eventSteps/[^/]+/(approve|deny)$"
# What has to happen at the far side for some fail-points to be passed.
NEEDED: dict[str, dict[str, Any]] = {
    "wait-before": {"path": SEND, "kind": "rate_limit", "retry_after": "1"},
    "uncertain-committed": {"path": SEND, "kind": "apply_then_drop"},
    "postponed": {"path": SEND, "kind": "drop_before"},
}


class Story:
    """A running system, and one person in it to whom everything goes wrong before it goes well."""

    def __init__(self, system: System, database: psycopg.Connection[Any], broker: residue.Broker, mails: Path) -> None:
        self.mark = f"canary{secrets.token_hex(8)}"
        self.folder = system.folder
        self.broker, self.database, self.mails = broker, database, mails
        self.pages: list[bytes] = []
        self._states: list[str] = []
        self._system = system
        self._kept = json.loads((system.folder / "secrets.json").read_text())
        self._fired = {point.name: system.folder / f"fired-{point.name}" for point in POINTS}
        # Every code and token that is given out from here on begins like this.
        system.sandbox.settings(secrets_begin_with=self.mark)

    def play(self) -> None:
        """Raises AssertionError when something did not fail, or did not go well afterwards."""
        with self._armed("web") as url:
            self._administer(self._signed_in(url, "administrator"))
            person = self._signed_in(url, "manager")
            for table, statement in STATEMENTS:
                with refusing(self.database, table, statement):
                    assert self._connect(person) == 500, (table, statement)
            for fault in WEATHER:
                self._system.sandbox.fault(**fault, times=1)
                assert self._connect(person) == 400, fault
            assert self._connect(person) == 200
            with self._armed("worker"):
                self._work_until_all_have_fired(person)

    def canaries(self) -> dict[str, str]:
        """What must be nowhere, by name."""
        variables = self._system.variables
        return {
            "a code or token": self.mark,
            "the client secret": self._kept["DEMO_CLIENT_SECRET"],
            "the pasted refresh token": self._kept["DEMO_ISU_REFRESH_TOKEN"],
            "the token key": variables["TOKEN_KEYS"].partition(":")[2],
            "the secret key": variables["SECRET_KEY"],
            "the password": self._system.password,
            **{f"state {number}": state for number, state in enumerate(self._states, 1)},
        }

    def sources(self) -> dict[str, bytes]:
        """Everything that is left, by the name of the place."""
        return {
            **residue.files(self.folder, self.folder / "log", self.mails),
            **residue.tables(self.database),
            "sessions": residue.sessions(self.database, self._system.variables["SECRET_KEY"]),
            "Valkey": self.broker.heard(),
            "pages": b"\n".join(self.pages),
        }

    @contextmanager
    def _armed(self, kind: str) -> Iterator[str]:
        """A process in which every fail-point raises once, and where it listens if it does."""
        port = _free_port()
        wishes = [f"{point.name}:raise:{self._fired[point.name]}" for point in POINTS if point.process == kind]
        command = [*parts.web(port), "--workers=1"] if kind == "web" else [*parts.worker(), "--loglevel=DEBUG"]
        ready = {"WORKER_READY_FILE": str(self.folder / "worker.ready")}
        variables = {**self._system.variables, **ready, "FAILPOINT": ",".join(wishes)}
        process = Supervised(kind, command, variables, self.folder / f"armed-{kind}.log")
        try:
            if kind == "web":
                self._until(lambda: ports.healthy(port), "the armed web process")
            yield f"http://{ports.HOST}:{port}"
        finally:
            process.stop()

    def _signed_in(self, url: str, account: str) -> Person:
        person = Person(url)
        person.session.hooks["response"].append(self._keep)
        person.sign_in(f"{account}@demo.example", self._system.password)
        return person

    def _administer(self, administrator: Person) -> None:
        """Enter the client secret and the ISU's token: wrongly, with the database against it, and well."""
        page = f"/tenants/{TENANT}/"
        secret = {"client_secret": self._kept["DEMO_CLIENT_SECRET"]}
        token = {"refresh_token": self._kept["DEMO_ISU_REFRESH_TOKEN"]}
        right = {**self._tenant_entries(), **secret}
        assert _post(administrator, page, right | {"token_endpoint": "nowhere"}) == 422
        with refusing(self.database, "connections_tenant", "UPDATE"):
            assert _post(administrator, page, right) == 500
        assert _post(administrator, page, right) == 302
        self._system.sandbox.fault("*/token", "truncate", times=1)
        assert _post(administrator, f"{page}isu", token) == 422
        with refusing(self.database, "connections_connection", "INSERT OR UPDATE"):
            assert _post(administrator, f"{page}isu", token) == 500
        assert _post(administrator, f"{page}isu", token) == 302

    def _tenant_entries(self) -> dict[str, str]:
        columns = sql.SQL(", ").join(map(sql.Identifier, ENTRIES))
        row = self.database.execute(sql.SQL("SELECT {} FROM connections_tenant").format(columns)).fetchone()
        return dict(zip(ENTRIES, row or (), strict=True))

    def _connect(self, person: Person) -> int:
        """The status that the journey to Workday and back ends with."""
        path = f"{person.url}/connections/{TENANT}/connect"
        leaving = person.session.post(path, headers=_csrf(person), allow_redirects=False, timeout=30)
        if leaving.status_code != 303:
            return leaving.status_code
        self._states += parse_qs(urlsplit(leaving.headers["Location"]).query)["state"]
        form = {"worker": "manager", "answer": "allow"}
        done = person.session.post(leaving.headers["Location"], data=form, timeout=30)
        assert any(f"code={self.mark}" in hop.headers.get("Location", "") for hop in done.history)
        return done.status_code

    def _work_until_all_have_fired(self, person: Person) -> None:
        """Click on one task after the other, with tokens that have ended and listings that are due."""
        clicked: set[str] = set()
        self._until(person.forms, "a listed inbox")

        def work() -> bool:
            missing = [name for name, marker in self._fired.items() if not marker.exists()]
            self._prepare(missing)
            person.session.post(f"{person.url}/inbox/refresh", headers=_csrf(person), timeout=30)
            form = next((form for form in person.forms() if form.path not in clicked), None)
            if form:
                clicked.add(form.path)
                _approve(person, form)
            return not missing

        self._until(work, lambda: str([name for name, marker in self._fired.items() if not marker.exists()]))

    def _prepare(self, missing: list[str]) -> None:
        self._system.sandbox.clear_faults()
        for name in missing:
            if name in NEEDED:
                self._system.sandbox.fault(**NEEDED[name], times=1)
                break
        self.database.execute(AS_IF_TIME_HAD_PASSED)

    def _until(self, is_so: Callable[[], object], missing: str | Callable[[], str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, missing if isinstance(missing, str) else missing()
            time.sleep(0.3)

    def _keep(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        """A page of ours. Where Connect leads is Workday's address with the state in it, as it must be."""
        if urlsplit(answer.url).netloc == urlsplit(self._system.sandbox.url).netloc:
            return
        leaves = answer.headers.get("Location", "").startswith(self._system.sandbox.url)
        headers = {name: value for name, value in answer.headers.items() if not (leaves and name == "Location")}
        self.pages.append(repr(headers).encode() + answer.content)


def _post(person: Person, path: str, fields: dict[str, str]) -> int:
    url = f"{person.url}{path}"
    return person.session.post(url, data=fields, headers=_csrf(person), allow_redirects=False, timeout=30).status_code


def _approve(person: Person, form: DecideForm) -> None:
    fields = {"nonce": form.nonce, "seen": form.seen, "action": "approve", "comment": "Fine."}
    headers = {"HX-Request": "true", **_csrf(person)}
    person.session.post(f"{person.url}{form.path}", data=fields, headers=headers, timeout=30)


def _csrf(person: Person) -> dict[str, str]:
    return {"X-CSRFToken": person.session.cookies["countersign_csrf"]}


def _free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def played(mails: Path) -> Iterator[Story]:
    """The story after its end, with the system still running."""
    with ExitStack() as stack:
        broker = residue.Broker(os.environ["REDIS_URL"])
        stack.enter_context(broker.overheard())
        variables = {"DJANGO_SETTINGS_MODULE": "tests.attacks.talkative", "MAILS": str(mails)}
        loud = {"LOG_LEVEL": "DEBUG", "GUNICORN_CMD_ARGS": "--log-level=debug"}
        settings = {**variables, **loud, **QUICK}
        system = stack.enter_context(System(worker=False, beat=True, public_url="", **settings))
        database = stack.enter_context(psycopg.connect(system.variables["DATABASE_URL"], autocommit=True))
        story = Story(system, database, broker, mails)
        story.play()
        yield story
