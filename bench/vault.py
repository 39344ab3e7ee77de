"""What sealing costs, and a change of the token key with 10,000 connections while people use the pages.

Import this only where Django is set up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection as database
from django.test import override_settings

from accounts.models import User
from bench.figures import Figure, Times, table
from bench.person import Person
from connections import boxes, grants, keyring, tokens, vault
from connections.models import Connection, Tenant
from connections.vault import Binding
from dev.state import ROOT
from tests.system import System
from workday.secret import Secret

CONNECTIONS = 10_000
KILLS = 20
GOAL_SECONDS = 120.0
ROUNDS = 5_000
WRITES = 1_000_000
# Between two pages, about as long as a quick reader takes for one look.
REST_SECONDS = 0.02
ACCESS, REFRESH = Secret("a" * 800), Secret("r" * 120)


def measure(system: System, people: list[Person], old: str) -> list[Figure]:
    """`old` is the key of the system's ring that does not seal."""
    try:
        return [*_sealing(), *_nonces(), *_rotations(system, people, old)]
    finally:
        database.close()


def _sealing() -> list[Figure]:
    """Microseconds for a token as long as Workday's, and what the binding adds to the bare cipher."""
    binding = Binding("access", uuid.uuid4(), "https://a.example https://b.example", uuid.uuid4(), uuid.uuid4(), 1)
    box, text, cipher, nonce = vault.seal(ACCESS, binding), ACCESS.reveal().encode(), AESGCM(os.urandom(32)), bytes(12)
    bare = cipher.encrypt(nonce, text, None)
    costs = {
        "write": _microseconds(lambda: vault.seal(ACCESS, binding)),
        "bare write": _microseconds(lambda: cipher.encrypt(os.urandom(12), text, None)),
        "read": _microseconds(lambda: vault.open_box(box, binding)),
        "bare read": _microseconds(lambda: cipher.decrypt(nonce, bare, None)),
    }
    print(table(["sealing 800 bytes", "median us"], [[name, f"{cost:.1f}"] for name, cost in costs.items()]))
    return [
        Figure("sealed write", costs["write"], None, "us"),
        Figure("sealed write : bare", costs["write"] / costs["bare write"], None, "x"),
        Figure("sealed read", costs["read"], None, "us"),
        Figure("sealed read : bare", costs["read"] / costs["bare read"], None, "x"),
    ]


def _microseconds(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return 1000 * Times(taken).middle


def _nonces() -> list[Figure]:
    """How many of a million boxes share a nonce with another; one would give both their texts away."""
    binding, secret = Binding("access", None, ""), Secret("x")
    nonces = {vault.seal(secret, binding)[5:17] for _ in range(WRITES)}
    return [Figure(f"nonces used twice in {WRITES:,}", WRITES - len(nonces), 0, "times")]


def _rotations(system: System, people: list[Person], old: str) -> list[Figure]:
    """Once in one go, and once killed again and again."""
    with _only(old):
        seeded = _seed(Tenant.objects.get())
    calm = _Use(people)
    with calm:
        time.sleep(5)
    began = time.perf_counter()
    with _Use(people) as busy:
        _run(system)
    whole = time.perf_counter() - began
    _put_back(seeded)
    began = time.perf_counter()
    with _Use(people) as killed:
        kills = _run_and_kill(system, old)
    with_kills = time.perf_counter() - began
    print(_report({"before": calm, "in one go": busy, f"killed {kills} times": killed}))
    left = _left(old)
    Connection.objects.filter(pk__in=[each.pk for each in seeded]).delete()
    return [
        Figure(f"{CONNECTIONS:,} connections moved to a new key", whole, GOAL_SECONDS, "s"),
        Figure(f"the same, killed and started again {kills} times", with_kills, None, "s"),
        Figure("left under the old key", left, 0, "boxes"),
        Figure("failed meanwhile", len(calm.failures + busy.failures + killed.failures), 0, "pages and renewals"),
        Figure("page meanwhile : before", Times(busy.pages).middle / Times(calm.pages).middle, None, "x"),
        Figure("page while killed : before", Times(killed.pages).middle / Times(calm.pages).middle, None, "x"),
    ]


class _Use:
    """People who look at pages, one after the other, and connections whose tokens are renewed at the tenant."""

    def __init__(self, people: list[Person]) -> None:
        self.pages: list[float] = []
        self.renewed = 0
        self.failures: list[Exception] = []
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._look, args=(person,)) for person in people]
        self._threads.append(threading.Thread(target=self._renew))

    def __enter__(self) -> _Use:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _look(self, person: Person) -> None:
        while not self._ending.wait(REST_SECONDS):
            began = time.perf_counter()
            if self._succeeds(lambda: person.get("/inbox/")):
                self.pages.append(time.perf_counter() - began)

    def _renew(self) -> None:
        used = Connection.objects.filter(state=Connection.State.HEALTHY, worker_name__gt="").exclude(
            worker_name__startswith=_SEEDED
        )
        while not self._ending.wait(REST_SECONDS):
            for connection in used.select_related("tenant"):
                token = grants.access_token(connection)
                self.renewed += self._succeeds(lambda: tokens.bearer(connection, rejected=token))  # noqa: B023  # called at once
        database.close()

    def _succeeds(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except Exception as error:
            self.failures.append(error)
            return False
        return True


_SEEDED = "Seeded"


def _seed(tenant: Tenant) -> list[Connection]:
    """Connections of people who never sign in, sealed with this process's newest key."""
    numbers = range(CONNECTIONS)
    people = User.objects.bulk_create([User(email=f"seeded{number}@bench.example") for number in numbers])
    made = [
        Connection(
            tenant=tenant,
            kind=Connection.Kind.PERSON,
            user=person,
            worker_wid=uuid.uuid4().hex,
            worker_name=f"{_SEEDED} {person.email}",
            generation=1,
        )
        for person in people
    ]
    for connection in made:
        connection.access_token_box = vault.seal(ACCESS, grants.binding(connection, "access"))
        connection.refresh_token_box = vault.seal(REFRESH, grants.binding(connection, "refresh"))
    return Connection.objects.bulk_create(made, batch_size=500)


def _put_back(seeded: list[Connection]) -> None:
    Connection.objects.bulk_update(seeded, ["access_token_box", "refresh_token_box"], batch_size=500)


def _start(system: System) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "rotate_token_keys"]
    return subprocess.Popen(command, cwd=ROOT, env=system.variables, stdout=subprocess.DEVNULL)


def _run(system: System) -> None:
    code = _start(system).wait()
    if code:
        raise RuntimeError(f"The rotation ended with {code}.")


def _run_and_kill(system: System, old: str) -> int:
    """Kill it each time another twentieth is done, then let it end; how often it was killed."""
    everything = _left(old)
    for number in range(1, KILLS + 1):
        running = _start(system)
        while _left(old) > everything * (1 - number / (KILLS + 1)) and running.poll() is None:
            time.sleep(0.05)
        if running.poll() is not None:
            raise RuntimeError("The rotation ended before it was killed.")
        running.kill()
        running.wait()
    _run(system)
    return KILLS


def _left(old: str) -> int:
    return sum(counter[old[:4]] for counter in boxes.counts().values())


def _report(uses: dict[str, _Use]) -> str:
    rows = [
        [name, str(len(use.pages)), f"{Times(use.pages).middle:.1f}", f"{Times(use.pages).late:.1f}", str(use.renewed)]
        for name, use in uses.items()
    ]
    failures = {type(failure).__name__ for use in uses.values() for failure in use.failures}
    head = ["change of the key", "pages", "median ms", "p95 ms", "renewals"]
    return "\n".join([table(head, rows), *(f"failed: {name}" for name in sorted(failures))])


@contextmanager
def _only(key: str) -> Iterator[None]:
    with override_settings(TOKEN_KEYS=key):
        keyring.ring.cache_clear()
        yield
    keyring.ring.cache_clear()
