"""How long the server takes for the inbox page, how many queries, as more tasks are mirrored, and how much it sends."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import django
from django.contrib.auth import get_user_model
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import weight
from bench.figures import Figure, Times, table
from bench.person import Person
from dev import ports
from tests.system import TENANT, System

GOAL = 1.3
ROUNDS = 60
WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Mirror:
    """An account whose inbox holds `tasks` tasks, as the worker it is connected as."""

    tasks: int
    email: str
    worker: str


MIRRORS = (
    Mirror(20, "employee@demo.example", "newcomer"),
    Mirror(100, "colleague@demo.example", "executive"),
    Mirror(10_000, "manager@demo.example", "manager"),
)


def set_up(system: System) -> None:
    """Make this process one more of the system's own, for what has to be seen from inside."""
    os.environ.update(system.variables)
    django.setup()


def sign_in(system: System) -> dict[int, Person]:
    """People at the keyboard by the number of their mirrored tasks; they take part in all that follows."""
    people = {mirror.tasks: _connected(system, mirror) for mirror in MIRRORS}
    for count, person in people.items():
        person.wait_for_tasks(count)
    return people


def measure(system: System, people: dict[int, Person]) -> list[Figure]:
    """Interleaved rounds, so that a busy moment of the machine falls on all sizes alike."""
    times: dict[int, list[float]] = {count: [] for count in people}
    for turn in range(WARM_UP + ROUNDS):
        for count, person in people.items():
            took = _seconds(person)
            if turn >= WARM_UP:
                times[count].append(took)
    queries = _queries(system)
    print(_report({count: Times(taken) for count, taken in times.items()}, queries, people))
    few, many = min(times), max(times)
    ratio = Times(times[many]).middle / Times(times[few]).middle
    return [
        Figure(f"page with {many:,} tasks : with {few}", ratio, GOAL, "x"),
        Figure("most : fewest queries", max(queries.values()) / min(queries.values()), 1.0, "x"),
        weight.measure(people[many]),
    ]


def _connected(system: System, mirror: Mirror) -> Person:
    missing = mirror.tasks - system.sandbox.people()[mirror.worker]["tasks"]
    system.sandbox.add_tasks(mirror.worker, missing)
    person = Person(system.url)
    person.sign_in(mirror.email, system.password)
    person.connect(TENANT, mirror.worker)
    return person


def _seconds(person: Person) -> float:
    started = time.perf_counter()
    person.get("/inbox/")
    return time.perf_counter() - started


def _queries(system: System) -> dict[int, int]:
    """Counted in this process, because a server does not tell; the second request, as at a warm server."""
    try:
        return {mirror.tasks: _queries_for(mirror.email) for mirror in MIRRORS}
    finally:
        database.close()


def _queries_for(email: str) -> int:
    client = Client(SERVER_NAME=ports.HOST)
    client.force_login(get_user_model().objects.get(email=email))
    client.get("/inbox/")
    with CaptureQueriesContext(database) as seen:
        client.get("/inbox/")
    return len(seen)


def _report(times: dict[int, Times], queries: dict[int, int], people: dict[int, Person]) -> str:
    rows = []
    for count, took in times.items():
        cells = (f"{count:,}", f"{took.middle:.1f}", f"{took.late:.1f}", str(queries[count]))
        rows.append([*cells, f"{_kilobytes(people[count]):.0f}"])
    return table(["inbox page: tasks", "median ms", "p95 ms", "queries", "kB"], rows)


def _kilobytes(person: Person) -> float:
    return len(person.get("/inbox/").encode()) / 1000
