"""Playing one round: processes that are armed and started again, decisions through them, and the three ledgers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dev.processes import last_words
from inbox.states import FINAL
from soak.ledgers import Click, DecisionRow, Finding, compare
from tests.crash.clicking import PEOPLE, People, Wish, people
from tests.crash.crew import Crew, Way
from tests.crash.freezing import Freezer
from tests.crash.matrix import UNHEARD, Cell, Round
from tests.crash.supervised import Supervised
from tests.ledger_rows import decision_rows
from tests.system import TENANT, System

# Leases as short as they can nest, so that a dead worker's decisions are soon looked at again. A send may last longer
# than the first pause after one without proof, or a resend before its deadline could not be seen.
LEASE_SECONDS = 4
SETTINGS = {
    "UNDO_SECONDS": "0",
    "READ_SECONDS": "1.3",
    "SEND_SECONDS": "2.6",
    "GRACE_SECONDS": "1",
    "READS_APART_SECONDS": "1",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "SWEEP_SECONDS": "1",
    "INBOX_FRESH_SECONDS": "3600",
    "WEB_CONCURRENCY": "1",
}
FINAL_SECONDS = 150.0
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

    def __init__(self, system: System, everybody: People, database: psycopg.Connection[Any], way: Way) -> None:
        self._system, self._people, self._database, self._way = system, everybody, database, way
        self._crew = Crew(system, way)
        self._clicks: list[Click] = []
        self._freezer = Freezer({}, LEASE_SECONDS, way.lose_answer)
        self._is_late_enough: Callable[[], bool] = self._all_ended

    def stock_up(self, tasks: int) -> None:
        """Give both people so many more tasks, and fill the mirrors with an unarmed worker."""
        self._people.add_tasks(tasks)
        worker = self._crew.worker()
        try:
            self._list_again([worker])
        finally:
            worker.stop()

    def play(self, a_round: Round) -> Outcome:
        """Raises Astray."""
        began = time.monotonic()
        self._prepare(a_round)
        markers = {cell: self._crew.marker() for cell in a_round.cells}
        lost = self._way.lost()
        self._freezer = Freezer(markers, LEASE_SECONDS, self._way.lose_answer)
        self._is_late_enough = self._all_ended if a_round.late else lambda: True
        with self._crew.armed(markers, workers=1 + a_round.freezes) as (processes, armed_web):
            wishes = self._people.wishes(a_round.decisions, a_round.manner)
            self._click(processes, wishes, armed_web, [cell for cell in a_round.cells if cell.is_web])
            if a_round.lists:
                self._people.look_afresh()
            reconnects = self._carry_on(processes, markers)
            self._end_late_work(processes)
            if a_round.lists:
                self._list_again(processes)
        findings = self._compare()
        self._judge(a_round, reconnects, self._way.lost() - lost)
        return Outcome(findings, len(wishes), time.monotonic() - began)

    def _prepare(self, a_round: Round) -> None:
        self._system.sandbox.clear_faults()
        if not self._clicks:
            self._system.sandbox.clear_ledger()
        self._system.sandbox.settings(rotation=a_round.rotation)
        for fault in a_round.faults:
            self._system.sandbox.fault(**fault)
        decide_by = "UPDATE connections_tenant SET decide_by = %s WHERE key = %s"
        self._database.execute(decide_by, [a_round.manner.decide_by, TENANT])
        if a_round.renews:
            self._database.execute("UPDATE connections_connection SET access_expires_at = now() WHERE kind = 'person'")
        if a_round.lists:
            self._give_up_listings()

    def _judge(self, a_round: Round, reconnects: int, lost: int) -> None:
        if reconnects != a_round.reconnects:
            raise Astray(f"{reconnects} had to reconnect, not {a_round.reconnects}")
        wanted = sum(cell.how == UNHEARD for cell in a_round.cells)
        if lost != wanted:
            raise Astray(f"{lost} answers to a COMMIT were lost, not {wanted}")

    def _click(self, processes: list[Supervised], wishes: list[Wish], armed_web: str, struck: list[Cell]) -> None:
        """Send each form to the armed web process; what it did not acknowledge is sent again to the other one."""
        for number, wish in enumerate(wishes):
            task, acknowledged = self._task_of(wish), self._sent(processes, wish, armed_web)
            self._clicks.append(wish.click(task, acknowledged=acknowledged))
            if acknowledged == (number < len(struck)):
                raise Astray(f"click {number + 1} was {'' if acknowledged else 'not '}acknowledged")
            if not acknowledged:
                self._see_what_is_there(wish, struck[number])
                self._clicks.append(wish.click(task, acknowledged=wish.send(self._system.url)))

    def _sent(self, processes: list[Supervised], wish: Wish, url: str) -> bool:
        """The click may meet a process that stands still, so that somebody has to look after it meanwhile."""
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(wish.send, url)
            self._wait(processes, answer.done, "an answer to a click")
            return answer.result()

    def _see_what_is_there(self, wish: Wish, cell: Cell) -> None:
        """A click that was cut short left a row exactly when its commit was carried out."""
        rows = decision_rows(self._database, [wish.form.nonce])
        if len(rows) != (cell.point != "decide-before-commit" or cell.how == UNHEARD):
            raise Astray(f"{cell} left {len(rows)} rows")

    def _task_of(self, wish: Wish) -> str:
        row = self._database.execute("SELECT wid FROM inbox_inboxtask WHERE id = %s", [wish.form.task]).fetchone()
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

    def _end_late_work(self, processes: list[Supervised]) -> None:
        """Whoever slept past its lease has its say: asked to stop, it first ends what it was doing."""
        for process in (each for each in processes if each.pid in self._freezer.thawed):
            if not process.stop():
                raise Astray(f"the worker that was frozen did not end its work{last_words(process.log)}")
            if "Traceback" in process.log.read_text():
                raise Astray(f"the worker that was frozen stumbled over what others did{last_words(process.log)}")

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
        missing = [f"{cell} not reached" for cell, marker in markers.items() if not marker.exists()]
        missing += [] if self._freezer.is_done else ["a process still stands still"]
        return ", ".join(missing + [f"{row.id} is {row.state}" for row in self._live()])

    def _all_ended(self) -> bool:
        return not self._live()

    def _live(self) -> list[DecisionRow]:
        rows = decision_rows(self._database, [click.nonce for click in self._clicks])
        return [row for row in rows if row.state not in FINAL]

    def _compare(self) -> list[Finding]:
        """Of this round, and of earlier ones that did not come to their end."""
        clicks, self._clicks = self._clicks, []
        rows = decision_rows(self._database, [click.nonce for click in clicks])
        steps = {click.task: self._system.sandbox.task(click.task) for click in clicks}
        return compare(clicks, rows, self._system.sandbox.ledger(), steps)

    def _wait(self, processes: list[Supervised], is_over: Callable[[], bool], missing: str | Callable[[], str]) -> None:
        deadline = time.monotonic() + FINAL_SECONDS
        while not is_over():
            if time.monotonic() > deadline:
                what = missing if isinstance(missing, str) else missing()
                raise Astray(f"After {FINAL_SECONDS:.0f} s: {what}; logs in {processes[0].log.parent}")
            for process in processes:
                process.look_after()
            self._freezer.look(self._is_late_enough)
            time.sleep(0.1)


@contextmanager
def stage(tasks: int) -> Iterator[Stage]:
    """A running system with two connected people, who have so many more tasks each than in the demo."""
    with ExitStack() as stack:
        system = stack.enter_context(System(worker=False, beat=True, public_url="", **SETTINGS))
        way = stack.enter_context(Way(system.variables["DATABASE_URL"], system.folder))
        everybody = stack.enter_context(people(system))
        database = stack.enter_context(psycopg.connect(system.variables["DATABASE_URL"], autocommit=True))
        ready = Stage(system, everybody, database, way)
        ready.stock_up(tasks)
        yield ready
