"""Playing one round: processes that are armed and started again, decisions through them, and the three ledgers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from dev import parts, ports
from inbox.states import FINAL
from soak.ledgers import Click, Finding, compare
from tests.crash.clicking import PEOPLE, People, Wish, people
from tests.crash.matrix import Cell, Round
from tests.crash.supervised import Supervised
from tests.ledger_rows import decision_rows
from tests.system import System

# Leases as short as they can nest, so that a dead worker's decisions are soon looked at again. A send may last longer
# than the first pause after one without proof, or a resend before its deadline could not be seen.
SETTINGS = {
    "UNDO_SECONDS": "0",
    "READ_SECONDS": "1.3",
    "SEND_SECONDS": "2.6",
    "GRACE_SECONDS": "1",
    "READS_APART_SECONDS": "1",
    "LEASE_SECONDS": "4",
    "SWEEP_SECONDS": "1",
    "INBOX_FRESH_SECONDS": "3600",
    "WEB_CONCURRENCY": "1",
}
FINAL_SECONDS = 75.0
ASKED_TO_RECONNECT = """
    SELECT DISTINCT email FROM inbox_decision JOIN accounts_user ON accounts_user.id = user_id
    WHERE inbox_decision.state = 'needs_reconnect'
"""
MIRROR = """
    SELECT wid FROM inbox_inboxtask JOIN connections_connection ON connections_connection.id = connection_id
    JOIN accounts_user ON accounts_user.id = user_id WHERE email = %s AND closed_at IS NULL
"""


class Astray(Exception):
    """A round did not go as it is meant to: late, or not struck where it should be. The text says what is missing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round showed. An empty list of findings is the promise kept."""

    findings: list[Finding]
    decisions: int
    seconds: float


class Stage:
    """A running system whose worker, and if need be a second web process, are started armed for each round."""

    def __init__(self, system: System, everybody: People, database: psycopg.Connection[Any]) -> None:
        self._system, self._people, self._database = system, everybody, database
        self._numbers = count(1)
        self._clicks: list[Click] = []

    def warm_up(self) -> None:
        """Fill the mirrors with an unarmed worker."""
        worker = self._start("worker", parts.worker(), "")
        try:
            self._wait([worker], lambda: self._count("inbox_inboxsync", "as_of IS NOT NULL") >= 2, "the inboxes")
        finally:
            worker.stop()

    def play(self, a_round: Round) -> Outcome:
        """Raises Astray."""
        began = time.monotonic()
        self._prepare(a_round)
        wishes = self._people.wishes(a_round.decisions)
        markers = {cell: self._system.folder / f"marker-{next(self._numbers)}" for cell in a_round.cells}
        with self._armed(markers) as (processes, armed_web):
            self._click(wishes, armed_web, [cell for cell in a_round.cells if cell.is_web])
            if a_round.lists:
                self._people.look_afresh()
            reconnects = self._carry_on(processes, markers)
            if a_round.lists:
                self._list_again(processes)
        findings = self._compare()
        if reconnects != a_round.reconnects:
            raise Astray(f"{reconnects} had to reconnect, not {a_round.reconnects}")
        return Outcome(findings, len(wishes), time.monotonic() - began)

    def _prepare(self, a_round: Round) -> None:
        self._system.sandbox.clear_faults()
        if not self._clicks:
            self._system.sandbox.clear_ledger()
        self._system.sandbox.settings(rotation=a_round.rotation)
        for fault in a_round.faults:
            self._system.sandbox.fault(**fault)
        if a_round.renews:
            self._database.execute("UPDATE connections_connection SET access_expires_at = now() WHERE kind = 'person'")
        if a_round.lists:
            self._give_up_listings()

    @contextmanager
    def _armed(self, markers: dict[Cell, Path]) -> Iterator[tuple[list[Supervised], str]]:
        """The worker, and where there is something to strike in it a web process of its own; and where that listens."""
        web = {cell: marker for cell, marker in markers.items() if cell.is_web}
        worker = {cell: marker for cell, marker in markers.items() if not cell.is_web}
        with ExitStack() as stack:
            processes = [self._start("worker", parts.worker(), _failpoint(worker))]
            stack.callback(processes[0].stop)
            if not web:
                yield processes, self._system.url
                return
            port = _free_port()
            processes.append(self._start("web", [*parts.web(port), "--workers=1"], _failpoint(web)))
            stack.callback(processes[1].stop)
            self._wait(processes, lambda: ports.healthy(port), "the armed web process")
            yield processes, f"http://{ports.HOST}:{port}"

    def _start(self, name: str, command: list[str], failpoint: str) -> Supervised:
        ready = self._system.folder / f"ready-{next(self._numbers)}"
        variables = {**self._system.variables, "FAILPOINT": failpoint, "WORKER_READY_FILE": str(ready)}
        return Supervised(name, command, variables, self._system.folder / f"{name}-{next(self._numbers)}.log")

    def _click(self, wishes: list[Wish], armed_web: str, struck: list[Cell]) -> None:
        """Send each form to the armed web process; what it did not acknowledge is sent again to the other one."""
        for number, wish in enumerate(wishes):
            task, acknowledged = self._task_of(wish), wish.send(armed_web)
            self._clicks.append(wish.click(task, acknowledged=acknowledged))
            if acknowledged == (number < len(struck)):
                raise Astray(f"click {number + 1} was {'' if acknowledged else 'not '}acknowledged")
            if not acknowledged:
                self._see_what_is_there(wish, struck[number])
                self._clicks.append(wish.click(task, acknowledged=wish.send(self._system.url)))

    def _see_what_is_there(self, wish: Wish, cell: Cell) -> None:
        """A click that was cut short left a row exactly when it got past its commit."""
        rows = decision_rows(self._database, [wish.form.nonce])
        if bool(rows) == (cell.point == "decide-before-commit"):
            raise Astray(f"{cell} left {len(rows)} rows")

    def _task_of(self, wish: Wish) -> str:
        row = self._database.execute("SELECT wid FROM inbox_inboxtask WHERE id = %s", [wish.task_id]).fetchone()
        assert row
        return str(row[0])

    def _carry_on(self, processes: list[Supervised], markers: dict[Cell, Path]) -> int:
        """Until all has been struck and all decisions have ended; returns how often somebody had to reconnect."""
        reconnects = 0

        def is_over() -> bool:
            nonlocal reconnects
            reconnects += self._reconnect()
            return not self._missing(markers)

        self._wait(processes, is_over, lambda: self._missing(markers))
        return reconnects

    def _list_again(self, processes: list[Supervised]) -> None:
        """A listing that was struck leaves nothing behind that the next one does not mend."""
        self._give_up_listings()
        self._people.look_afresh()
        self._wait(processes, self._mirrors_are_true, "mirrors that show what the far side shows")

    def _give_up_listings(self) -> None:
        """As if the minute were over after which a listing that died is given up."""
        self._database.execute("UPDATE inbox_inboxsync SET started_at = now() - interval '61 s'")

    def _mirrors_are_true(self) -> bool:
        return all(
            {wid for (wid,) in self._database.execute(MIRROR, [email])} == set(self._system.sandbox.tasks(worker))
            for email, worker in PEOPLE.items()
        )

    def _reconnect(self) -> int:
        """Whoever is asked to does so; how many did."""
        asked = self._database.execute(ASKED_TO_RECONNECT).fetchall()
        for (email,) in asked:
            self._people.reconnect(email)
        return len(asked)

    def _missing(self, markers: dict[Cell, Path]) -> str:
        """What has not happened yet, for a person; nothing when the round is over."""
        unreached = [f"{cell} not reached" for cell, marker in markers.items() if not marker.exists()]
        rows = decision_rows(self._database, [click.nonce for click in self._clicks])
        return ", ".join(unreached + [f"{row.id} is {row.state}" for row in rows if row.state not in FINAL])

    def _compare(self) -> list[Finding]:
        """Of this round, and of earlier ones that did not come to their end."""
        clicks, self._clicks = self._clicks, []
        rows = decision_rows(self._database, [click.nonce for click in clicks])
        steps = {click.task: self._system.sandbox.task(click.task) for click in clicks}
        return compare(clicks, rows, self._system.sandbox.ledger(), steps)

    def _count(self, table: str, condition: str) -> int:
        row = self._database.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()
        return int(row[0]) if row else 0

    def _wait(self, processes: list[Supervised], is_over: Callable[[], bool], missing: str | Callable[[], str]) -> None:
        deadline = time.monotonic() + FINAL_SECONDS
        while not is_over():
            if time.monotonic() > deadline:
                what = missing if isinstance(missing, str) else missing()
                raise Astray(f"After {FINAL_SECONDS:.0f} s: {what}; logs in {processes[0].log.parent}")
            for process in processes:
                process.look_after()
            time.sleep(0.1)


@contextmanager
def stage(tasks: int) -> Iterator[Stage]:
    """A running system with two connected people, who have so many more tasks each than in the demo."""
    with ExitStack() as stack:
        system = stack.enter_context(System(worker=False, beat=True, public_url="", **SETTINGS))
        everybody = stack.enter_context(people(system, tasks))
        database = stack.enter_context(psycopg.connect(system.variables["DATABASE_URL"], autocommit=True))
        ready = Stage(system, everybody, database)
        ready.warm_up()
        yield ready


def _free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        return int(probe.getsockname()[1])


def _failpoint(markers: dict[Cell, Path]) -> str:
    return ",".join(f"{cell.point}:{cell.how}:{marker}" for cell, marker in markers.items())
