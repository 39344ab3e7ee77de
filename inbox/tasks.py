"""Celery's side: each task takes an id, calls one function, and may run twice without harm.

A message is only a wake-up. Losing every one of them changes nothing but the delay.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

from celery import Task, current_app, shared_task
from django.conf import settings
from kombu import Connection as Broker
from kombu.exceptions import KombuError, OperationalError
from kombu.pools import producers

from inbox import drain as draining
from inbox import send_back
from inbox import sweep as sweeping
from inbox import sync as syncing

log = logging.getLogger(__name__)

# Seconds a person's click may wait for the broker: it has been committed before, so a frozen broker costs only this.
HINT_SECONDS = 0.4
HINT_EXPIRES = 60
# After a hint that failed nobody waits for the broker again for so long; the sweeper finds what fell due meanwhile.
PAUSE_SECONDS = 2.0


class _Pause:
    """When this process may try the broker again, on its own monotonic clock."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE_SECONDS

    def is_on(self) -> bool:
        return time.monotonic() < self.until


pause = _Pause()


@shared_task(name="inbox.drain")
def drain(tenant_id: str) -> None:
    if draining.drain(uuid.UUID(tenant_id)):
        wake_tenant(uuid.UUID(tenant_id))


@shared_task(name="inbox.sync")
def sync(connection_id: str) -> None:
    if syncing.sync_inbox(uuid.UUID(connection_id)):
        wake_sync(uuid.UUID(connection_id))


@shared_task(name="inbox.fetch_send_back")
def fetch_send_back(task_id: str) -> None:
    send_back.fetch(uuid.UUID(task_id))


@shared_task(name="inbox.sweep")
def sweep() -> None:
    for tenant_id in sweeping.sweep():
        wake_tenant(tenant_id)


@shared_task(name="inbox.sync_due")
def sync_due() -> None:
    for connection_id in syncing.due_inboxes():
        wake_sync(connection_id)


def wake_tenant(tenant_id: uuid.UUID) -> None:
    """Hint that this tenant has decisions to carry out. Never raises and never blocks for long."""
    _hint(drain, tenant_id)


def wake_sync(connection_id: uuid.UUID) -> None:
    """Hint that this connection's inbox should be looked at. Never raises and never blocks for long."""
    _hint(sync, connection_id)


def wake_send_back(task_id: uuid.UUID) -> None:
    """Hint that somebody waits to learn where this task can be sent back to."""
    _hint(fetch_send_back, task_id)


def _hint(task: Task[Any, Any], subject: uuid.UUID) -> None:
    if pause.is_on():
        return
    try:
        with producers[_broker()].acquire(block=True, timeout=HINT_SECONDS) as producer:
            task.apply_async((str(subject),), producer=producer, retry=False, expires=HINT_EXPIRES)
    except (KombuError, OperationalError, OSError) as error:
        pause.begin()
        log.warning("no hint for %s: %s; the sweeper will find it", task.name, type(error).__name__)


def _broker() -> Broker:
    """The broker with short socket limits; the worker's own connection needs long ones to wait for messages."""
    limits = {
        "socket_timeout": HINT_SECONDS,
        "socket_connect_timeout": HINT_SECONDS,
        "retry_on_timeout": False,
    }
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **limits, "max_retries": 0}
    return current_app.connection_for_write(
        settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=HINT_SECONDS
    )
