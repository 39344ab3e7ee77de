"""Two people who click, and what they were answered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from bench.person import DecideForm, Person
from soak.ledgers import Click
from tests.system import TENANT, System

PEOPLE = {"manager@demo.example": "manager", "colleague@demo.example": "colleague"}
ACTIONS = ("approve", "reject")
COOKIE = "countersign_csrf"
_TASK_ID = re.compile(r"/inbox/tasks/(?P<id>[^/]+)/decide")


@dataclass(frozen=True, slots=True)
class Wish:
    """A form, filled in: sent again it is the same form."""

    person: Person
    form: DecideForm
    action: str

    @property
    def task_id(self) -> uuid.UUID:
        found = _TASK_ID.search(self.form.path)
        assert found
        return uuid.UUID(found["id"])

    def send(self, url: str) -> bool:
        """Whether it was acknowledged by the web process that listens there."""
        fields = {"nonce": self.form.nonce, "seen": self.form.seen, "action": self.action, "comment": "Crash test."}
        headers = {"HX-Request": "true", "X-CSRFToken": self.person.session.cookies[COOKIE]}
        try:
            answer = self.person.session.post(f"{url}{self.form.path}", data=fields, headers=headers, timeout=20)
        except requests.ConnectionError:
            return False
        return answer.status_code == 200

    def click(self, task: str, *, acknowledged: bool) -> Click:
        return Click(self.form.nonce, task, self.action, acknowledged)


class People:
    """Signed in and connected; their forms are handed out in turn, each once."""

    def __init__(self, system: System, tasks: int) -> None:
        self._people = [_signed_in(system, email, worker, tasks) for email, worker in PEOPLE.items()]
        self._used: set[str] = set()

    def wishes(self, count: int) -> list[Wish]:
        """Forms of tasks that nobody decided yet, approvals and rejections in turn, of both people."""
        found = []
        for number in range(count):
            person = self._people[number % len(self._people)]
            form = next(form for form in person.forms() if form.path not in self._used)
            self._used.add(form.path)
            found.append(Wish(person, form, ACTIONS[number // len(self._people) % 2 ^ number % 2]))
        return found

    def look_afresh(self) -> None:
        """Each presses Refresh."""
        for person in self._people:
            person.post("/inbox/refresh")

    def reconnect(self, email: str) -> None:
        """As the same worker as before."""
        self._people[list(PEOPLE).index(email)].connect(TENANT, PEOPLE[email])

    def close(self) -> None:
        for person in self._people:
            person.close()


@contextmanager
def people(system: System, tasks: int) -> Iterator[People]:
    """Both of them, with at least so many more tasks each than the demo gives them."""
    everybody = People(system, tasks)
    try:
        yield everybody
    finally:
        everybody.close()


def _signed_in(system: System, email: str, worker: str, tasks: int) -> Person:
    system.sandbox.add_tasks(worker, tasks)
    person = Person(system.url)
    person.sign_in(email, system.password)
    person.connect(TENANT, worker)
    return person
