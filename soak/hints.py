"""Hints that nobody sent: repeated, for tenants that do not exist, and late (F18)."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
from celery import Celery
from kombu.exceptions import KombuError, OperationalError

from soak.system import QUEUE

LATE = (5.0, 60.0)
SECONDS = 1.0


def send(redis_socket: Path, database_url: str, rng: Random) -> None:
    """Every tenant's hint five times in another order, one for nobody, and one that is to be heeded much later."""
    with contextlib.suppress(psycopg.Error, KombuError, OperationalError, OSError), _broker(redis_socket) as app:
        tenants = _tenants(database_url)
        for tenant in rng.sample(tenants * 5, len(tenants) * 5):
            app.send_task("inbox.drain", [tenant], queue=QUEUE, retry=False)
        app.send_task("inbox.drain", [str(uuid.uuid4())], queue=QUEUE, retry=False)
        app.send_task("inbox.drain", [tenants[0]], queue=QUEUE, retry=False, countdown=rng.uniform(*LATE))


def _tenants(database_url: str) -> list[str]:
    with psycopg.connect(database_url, connect_timeout=2) as database:
        return [str(found[0]) for found in database.execute("SELECT id FROM connections_tenant")]


@contextlib.contextmanager
def _broker(redis_socket: Path) -> Iterator[Celery]:
    app = Celery("soak", broker=f"redis+socket://{redis_socket}", set_as_current=False)
    app.conf.broker_transport_options = {
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "max_retries": 0,
    }
    try:
        yield app
    finally:
        app.close()
