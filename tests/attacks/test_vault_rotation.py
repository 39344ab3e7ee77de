"""Changing the key under load, while the command is killed again and again."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection as database

from accounts.models import User
from connections import boxes, grants, tokens, vault
from connections.models import Connection, Tenant
from tests import key_ring
from tests.attacks import stored
from tests.attacks.server import SandboxServer
from tests.connections.conftest import connect, signed_in_as
from tests.key_ring import NEW, OLD, ROOT

PEOPLE = 200
KILLS = 3
COMMAND = [sys.executable, "manage.py", "rotate_token_keys", "--batch=2"]


def left() -> int:
    return sum(counter["k001"] for counter in boxes.counts().values())


class Load:
    """People who use their connections meanwhile: some read their token, some have it renewed at Workday."""

    def __init__(self, readers: list[Connection], renewers: list[Connection]) -> None:
        self.read = self.renewed = 0
        self.failures: list[Exception] = []
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._use, args=(readers, False)),
            threading.Thread(target=self._use, args=(renewers, True)),
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)

    def _use(self, connections: list[Connection], renew: bool) -> None:
        try:
            for connection in itertools.cycle(connections):
                # A little rest, so that the load is one, and not all that this machine does.
                if self._ending.wait(0.01):
                    return
                fresh = Connection.objects.select_related("tenant").get(pk=connection.pk)
                token = tokens.bearer(fresh)
                if renew:
                    tokens.bearer(fresh, rejected=token)
                    self.renewed += 1
                else:
                    self.read += 1
        except Exception as error:
            self.failures.append(error)
        finally:
            database.close()


@pytest.fixture
def tenant(sandbox_server: SandboxServer) -> Iterator[Tenant]:
    with key_ring.ring(OLD):
        vault.prove_keys()
        yield sandbox_server.register()


def kill_under_way() -> None:
    """Start the command and kill it as soon as it has moved something, in the middle of its work."""
    before = left()
    running = subprocess.Popen(COMMAND, cwd=ROOT, env=key_ring.environment(NEW, OLD), stdout=subprocess.DEVNULL)
    while left() == before and running.poll() is None:
        time.sleep(0.01)
    assert running.poll() is None, "it ended by itself"
    running.kill()
    running.wait(10)


@pytest.mark.attack("T28")
@pytest.mark.django_db(transaction=True)
def test_a_key_is_changed_under_load_though_the_command_is_killed(
    tenant: Tenant, owner: User, colleague: User, stranger: User
) -> None:
    people = User.objects.bulk_create([User(email=f"person{number}@example.test") for number in range(PEOPLE)])
    readers = [stored.store(person, tenant) for person in people]
    renewers = []
    for person, worker in ((owner, "manager"), (colleague, "colleague"), (stranger, "employee")):
        connect(signed_in_as(person), tenant, worker)
        renewers.append(person.connections.get())
    with key_ring.ring(NEW, OLD), Load(readers, renewers) as load:
        for _ in range(KILLS):
            kill_under_way()
        done = key_ring.run(COMMAND, key_ring.environment(NEW, OLD))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing is left under an older key" in done.stdout
    assert load.failures == []
    assert load.read > 0
    assert load.renewed > 0
    assert left() == 0
    with key_ring.ring(NEW):
        vault.prove_keys()
        kept = Connection.objects.select_related("tenant").get(pk=readers[-1].pk)
        assert grants.refresh_token(kept)
