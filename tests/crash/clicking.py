"""Two people who click, and what they were answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import requests

from bench.person import Person
from soak import page
from soak.ledgers import Click
from soak.page import Form
from tests.crash.matrix import Manner
from tests.system import TENANT, System

PEOPLE = {"manager@demo.example": "manager", "colleague@demo.example": "colleague"}
COOKIE = "countersign_csrf"
TARGET_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A form, filled in: sent again it is the same form."""

    person: Person
    form: Form
    action: str

    def send(self, url: str) -> bool:
        """Whether it was acknowledged by the web process that listens there."""
        fields = {**self.form.fields, "action": self.action, "comment": "Crash test."}
        headers = {"HX-Request": "true", "X-CSRFToken": self.person.session.cookies[COOKIE]}
        try:
            answer = self.person.session.post(
                f"{url}{self.form.path}", data=fields, headers=headers, timeout=20, allow_redirects=False
            )
        except requests.ConnectionError:
            return False
        return self._is_acceptance(answer)

    def _is_acceptance(self, answer: requests.Response) -> bool:
        """Sending back is a plain form, which is accepted by leading back to the inbox."""
        if self.action == "send_back":
            return answer.headers.get("Location") == "/inbox/"
        return answer.status_code == HTTPStatus.OK

    def click(self, task: str, *, acknowledged: bool) -> Click:
        return Click(self.form.nonce, task, self.action, acknowledged, to=self.form.fields.get("to", ""))


class People:
    """Signed in and connected; their forms are handed out in turn, each once."""

    def __init__(self, system: System) -> None:
        self._sandbox = system.sandbox
        self._people = [_signed_in(system, email, worker) for email, worker in PEOPLE.items()]
        self._used: set[str] = set()

    def add_tasks(self, count: int) -> None:
        """At Workday; the next listing brings them."""
        for worker in PEOPLE.values():
            self._sandbox.add_tasks(worker, count)

    def wishes(self, count: int, manner: Manner) -> list[Wish]:
        """Forms of tasks that nobody decided yet, both actions of the manner in turn, of both people.

        Sending back needs a worker that asks where to.
        """
        found = []
        for number in range(count):
            person = self._people[number % len(self._people)]
            form = next(form for form in page.forms(person.get("/inbox/")) if form.path not in self._used)
            self._used.add(form.path)
            action = manner.actions[number // len(self._people) % 2 ^ number % 2]
            found.append(Wish(person, _with_target(person, form) if action == "send_back" else form, action))
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
def people(system: System) -> Iterator[People]:
    """Both of them, until the end."""
    everybody = People(system)
    try:
        yield everybody
    finally:
        everybody.close()


def _signed_in(system: System, email: str, worker: str) -> Person:
    person = Person(system.url)
    person.sign_in(email, system.password)
    person.connect(TENANT, worker)
    return person


def _with_target(person: Person, form: Form) -> Form:
    """The form that asks where to, once Workday has named a place."""
    deadline = time.monotonic() + TARGET_SECONDS
    while time.monotonic() < deadline:
        offered = page.send_back_form(person.get(form.send_back), form)
        if offered:
            return offered
        time.sleep(0.2)
    raise RuntimeError(f"After {TARGET_SECONDS:.0f} s nobody named a place to send {form.task} back to.")
