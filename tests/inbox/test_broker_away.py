"""A click is committed first; what becomes of the broker afterwards costs at most a moment."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from connections import tasks
from connections.models import Connection
from dev.valkey import find_program
from inbox import facts
from inbox.models import Decision, InboxTask
from inbox.sweep import sweep
from tests.conftest import make_task

pytestmark = pytest.mark.django_db(transaction=True)

# What a person should never wait longer than, in seconds.
LIMIT = 1.5


class Broker:
    """A Valkey of the test's own, which it may stop and freeze."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "v.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command: list[str | Path] = [find_program(), "--port", "0", "--unixsocket", self.socket, "--save", ""]
        command += ["--dir", self.socket.parent]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def send(self, sign: signal.Signals) -> None:
        assert self.process
        os.kill(self.process.pid, sign)

    def stop(self) -> None:
        self.send(signal.SIGCONT)
        self.send(signal.SIGKILL)
        assert self.process
        self.process.wait()

    def messages(self) -> int:
        return int(redis.Redis(unix_socket_path=str(self.socket)).llen("countersign"))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PAUSE_SECONDS", 0.3)


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="v-") as folder:
        broker = Broker(Path(folder))
        broker.start()
        settings.CELERY_BROKER_URL = f"redis+socket://{broker.socket}"
        settings.UNDO_SECONDS = 0
        try:
            yield broker
        finally:
            broker.stop()


def _click(client: Client, task: InboxTask) -> float:
    form = {"action": "approve", "comment": "", "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task)}
    begun = time.monotonic()
    answer = client.post(reverse("inbox:decide", args=[task.pk]), form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Accepted, sending" in answer.content.decode()
    return time.monotonic() - begun


def _tasks(connection: Connection, count: int) -> list[InboxTask]:
    return [make_task(connection) for _ in range(count)]


def test_a_click_wakes_the_worker(signed_in: Client, connection: Connection, broker: Broker) -> None:
    _click(signed_in, make_task(connection))

    assert broker.messages() == 1


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_with_the_broker_frozen_or_dead_a_click_is_answered_and_kept(
    signed_in: Client, connection: Connection, broker: Broker, fault: signal.Signals
) -> None:
    before, *others = _tasks(connection, 6)
    _click(signed_in, before)
    broker.send(fault)

    waited = statistics.median(_click(signed_in, task) for task in others)

    assert waited < LIMIT
    assert Decision.objects.count() == 6
    assert sweep() == [connection.tenant_id]


def test_hints_flow_again_by_themselves_when_the_broker_is_back(
    signed_in: Client, connection: Connection, broker: Broker
) -> None:
    first, during, *after = _tasks(connection, 4)
    _click(signed_in, first)
    broker.stop()
    _click(signed_in, during)

    broker.start()
    _pass_the_pause()
    for task in after:
        _click(signed_in, task)

    assert broker.messages() >= 1


def test_a_frozen_broker_that_thaws_is_used_again(signed_in: Client, connection: Connection, broker: Broker) -> None:
    first, during, *after = _tasks(connection, 4)
    _click(signed_in, first)
    broker.send(signal.SIGSTOP)
    _click(signed_in, during)
    broker.send(signal.SIGCONT)
    _pass_the_pause()

    for task in after:
        _click(signed_in, task)

    assert broker.messages() >= 2


def test_of_many_clicks_only_one_waits_for_a_silent_broker(
    signed_in: Client, connection: Connection, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PAUSE_SECONDS", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.UNDO_SECONDS = 0
        for task in _tasks(connection, 4):
            _click(signed_in, task)

        assert _callers(silent) == 1

    assert Decision.objects.count() == 4
    assert sweep() == [connection.tenant_id]


def _callers(server: socket.socket) -> int:
    """How many connected so far."""
    server.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def _pass_the_pause() -> None:
    while tasks.pause.is_on():
        time.sleep(0.05)
