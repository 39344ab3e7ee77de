"""What certainty costs: decisions through one worker, beside bare approve calls to the same tenant.

A decision is read, written down, sent and settled; a bare call is only sent. Both have four calls in the air.
Import this only where Django is set up.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection as database
from django.db.models.functions import Now

from accounts.models import User
from bench.click import bare_client
from bench.figures import Figure, Times, table
from bench.page import MIRRORS
from connections.models import Connection
from inbox import facts
from inbox.drain import CALLS_AT_ONCE
from inbox.models import Decision, InboxTask, Lane
from inbox.models.decision import from_now
from inbox.states import Action, State
from inbox.sync import sync_inbox
from inbox.tasks import wake_tenant
from tests.sandbox.api_client import Person
from tests.sandbox.process import SandboxProcess
from tests.system import System

MANY = 200
SINGLES = 25
LATEST_SECONDS = 60.0


def measure(system: System) -> list[Figure]:
    """One at a time, and many at once."""
    try:
        worker = _Worker(system.sandbox)
        one = Times([worker.seconds_for(1) for _ in range(SINGLES)])
        each = worker.seconds_for(MANY) / MANY
    finally:
        database.close()
    bare_one, bare_each = _bare(system.sandbox)
    rows = [
        ["decision", f"{one.middle:.1f}", f"{one.late:.1f}", f"{1 / each:.0f}"],
        ["bare call", f"{bare_one.middle:.1f}", f"{bare_one.late:.1f}", f"{1 / bare_each:.0f}"],
    ]
    print(table(["until it is settled", "median ms", "p95 ms", f"a second, {CALLS_AT_ONCE} at once"], rows))
    return [
        Figure("one decision : one bare call", one.middle / bare_one.middle, None, "x"),
        Figure("bare calls : decisions in a second", each / bare_each, None, "x"),
    ]


class _Worker:
    """The running worker, given decisions whose lane is held until all of them are there."""

    def __init__(self, far: SandboxProcess) -> None:
        mirror = max(MIRRORS, key=lambda each: each.tasks)
        self._connection = Connection.objects.select_related("tenant").get(user__email=mirror.email)
        self._tenant = self._connection.tenant_id
        self._user = User.objects.get(email=mirror.email)
        added = far.add_tasks(mirror.worker, MANY + SINGLES)
        sync_inbox(self._connection.pk)
        self._left = list(InboxTask.objects.filter(connection=self._connection, wid__in=added))

    def seconds_for(self, count: int) -> float:
        """From the moment the worker may begin to the last settlement, by the database's clock."""
        held = {"owner": uuid.uuid4(), "lease_until": from_now(LATEST_SECONDS)}
        self._wait_until_free()
        Lane.objects.filter(tenant_id=self._tenant).update(**held)
        placed = [self._place(self._left.pop()) for _ in range(count)]
        Decision.objects.filter(pk__in=placed).update(updated_at=Now())
        begun = Decision.objects.values_list("updated_at", flat=True).get(pk=placed[0])
        Lane.objects.filter(tenant_id=self._tenant).update(owner=None, lease_until=None)
        wake_tenant(self._tenant)
        settled = Decision.objects.filter(pk__in=placed, state=State.APPLIED)
        _wait_for(lambda: settled.count() == count)
        last = settled.order_by("-settled_at").values_list("settled_at", flat=True)[0]
        return (last - begun).total_seconds() if last else LATEST_SECONDS

    def _place(self, task: InboxTask) -> uuid.UUID:
        connection = self._connection
        made = Decision.objects.create(
            tenant=connection.tenant,
            connection=connection,
            user=self._user,
            task=task,
            task_wid=task.wid,
            worker_wid=connection.worker_wid,
            action=Action.APPROVE,
            comment="Fine.",
            shown=facts.of_task(task),
            nonce=uuid.uuid4(),
            not_before=Now(),
            next_at=Now(),
        )
        return made.pk

    def _wait_until_free(self) -> None:
        _wait_for(lambda: not Lane.objects.filter(tenant_id=self._tenant).exclude(owner=None).exists())


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LATEST_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"The worker did not finish within {LATEST_SECONDS:g} s.")
        time.sleep(0.02)


def _bare(far: SandboxProcess) -> tuple[Times, float]:
    """Seconds for one call at a time, and for each of many that go on as many threads as a drain uses."""
    people = [bare_client(far) for _ in range(CALLS_AT_ONCE)]
    steps = far.add_tasks("colleague", MANY + SINGLES)
    singles = [_seconds(people[0], steps.pop()) for _ in range(SINGLES)]
    shares = [steps[number::CALLS_AT_ONCE] for number in range(CALLS_AT_ONCE)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        list(pool.map(_approve_all, people, shares))
    return Times(singles), (time.perf_counter() - begun) / MANY


def _approve_all(person: Person, steps: list[str]) -> None:
    for step in steps:
        _seconds(person, step)


def _seconds(person: Person, step: str) -> float:
    begun = time.perf_counter()
    answer = person.act(step, "approve", id=step, comment="Fine.")
    if answer.status_code != 201:
        raise RuntimeError(f"A bare call was answered with {answer.status_code}.")
    return time.perf_counter() - begun
