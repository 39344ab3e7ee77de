"""What happens inside Workday while somebody has the page open (F31): decided, edited, given away, deleted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
import requests

from soak.far_side import FarSide
from soak.notes import Note, Notebook
from soak.places import Account

WORDS = "Done by hand inside Workday."
QUERY_SECONDS = 5
# Kinds of process whose approval starts no further step.
KINDS = ("time_off", "requisition", "purchase_order", "consolidated", "approval_chain")
# The classic service takes steps of the type Approval alone.
PLAIN_KINDS = ("time_off", "requisition", "purchase_order")
SHARED = 0.15


class Elsewhere:
    """One account's own tasks, as its colleagues and Workday's own page change them."""

    def __init__(self, account: Account, far: FarSide, database: str, notebook: Notebook) -> None:
        self._account, self._far, self._database, self._notebook = account, far, database, notebook
        self._wids: dict[str, str] = {}
        self.before: dict[str, Callable[[str], bool]] = {
            "decided before": self._decide,
            "edited before": self._edit,
            "reassigned before": self._reassign,
            "deleted before": self._delete,
        }

    def add_tasks(self, count: int, rng: random.Random) -> None:
        """New work arrives; some of it awaits the other manager as well. Raises requests.RequestException."""
        kinds = PLAIN_KINDS if self._account.place.decide_by == "inbox_task" else KINDS
        for kind in kinds:
            for task in self._tell("tasks", worker=self._account.worker, kind=kind, count=count)["tasks"]:
                if rng.random() < SHARED:
                    self._tell("reassign", task=task, worker=[self._account.worker, self._account.partner])

    def happen(self, what: str, task: str) -> bool:
        """Do one of the things by its name to the task of our mirror with this id; whether it could be done."""
        wid = self._wid(task)
        act = self.before.get(what, self._decide)
        try:
            done = bool(wid) and act(wid)
        except requests.RequestException:
            return False
        if done:
            self._notebook.write(Note("elsewhere", self._account.email, time.time(), 0, 200, task=task, story=what))
        return done

    def _decide(self, wid: str) -> bool:
        action = "approve" if int(wid[-1], 16) % 2 else "deny"
        return bool(self._tell("decide", task=wid, worker=self._account.worker, action=action, comment=WORDS))

    def _edit(self, wid: str) -> bool:
        return bool(self._tell("edit", task=wid, changes={"process": "Absence Request: something else now"}))

    def _reassign(self, wid: str) -> bool:
        return self._is_mine_alone(wid) and bool(self._tell("reassign", task=wid, worker="partner"))

    def _delete(self, wid: str) -> bool:
        return self._is_mine_alone(wid) and bool(self._tell("delete_task", task=wid))

    def _is_mine_alone(self, wid: str) -> bool:
        """A task for which a colleague may have sent something has to stay: who could tell later what came of it?"""
        step = self._far.task(self._account.place.key, wid)
        return step is not None and len(step.get("awaitingPersons", ())) == 1

    def _tell(self, name: str, **wish: Any) -> dict[str, Any]:
        return self._far.tell(name, tenant=self._account.place.key, **wish)

    def _wid(self, task: str) -> str:
        """Workday's id of a task; empty when the database does not answer just now."""
        try:
            with psycopg.connect(self._database, connect_timeout=QUERY_SECONDS) as database:
                found = database.execute("SELECT wid FROM inbox_inboxtask WHERE id = %s", [task]).fetchone()
        except psycopg.Error:
            return ""
        return str(found[0]) if found else ""
