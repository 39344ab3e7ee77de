"""Celery's side: each task takes an id, calls one function, and may run twice without harm.

A message is only a wake-up. Losing every one of them changes nothing but the delay.
"""

from __future__ import annotations

import uuid

from celery import shared_task

from connections.tasks import hint
from inbox import drain as draining
from inbox import notices, send_back
from inbox import sweep as sweeping
from inbox import sync as syncing
from inbox.bulk import expanding
from inbox.detail import fetching
from inbox.started import mirror, steps


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


@shared_task(name="inbox.expand_batch")
def expand_batch(batch_id: str) -> None:
    expand_and_wake(uuid.UUID(batch_id))


@shared_task(name="inbox.sync_started")
def sync_started(connection_id: str) -> None:
    mirror.sync_started(uuid.UUID(connection_id))


@shared_task(name="inbox.fetch_started_steps")
def fetch_started_steps(request_id: str) -> None:
    steps.fetch(uuid.UUID(request_id))


@shared_task(name="inbox.fetch_detail")
def fetch_detail(task_id: str) -> None:
    fetching.fetch(uuid.UUID(task_id))


@shared_task(name="inbox.sweep")
def sweep() -> None:
    for batch_id in expanding.unfinished():
        wake_batch(batch_id)
    for tenant_id in sweeping.sweep():
        wake_tenant(tenant_id)


@shared_task(name="inbox.sync_due")
def sync_due() -> None:
    fetching.erase_unneeded()
    for connection_id in syncing.due_inboxes():
        wake_sync(connection_id)
    for connection_id in mirror.due():
        wake_started(connection_id)


@shared_task(name="inbox.send_notices")
def send_notices() -> None:
    notices.send_due()


def wake_tenant(tenant_id: uuid.UUID) -> None:
    """Hint that this tenant has decisions to carry out. Never raises and never blocks for long."""
    hint(drain, str(tenant_id))


def wake_sync(connection_id: uuid.UUID) -> None:
    """Hint that this connection's inbox should be looked at. Never raises and never blocks for long."""
    hint(sync, str(connection_id))


def wake_started(connection_id: uuid.UUID) -> None:
    """Hint that somebody looks at what this connection's worker started."""
    hint(sync_started, str(connection_id))


def wake_started_steps(request_id: uuid.UUID) -> None:
    """Hint that somebody waits to see the steps of this request."""
    hint(fetch_started_steps, str(request_id))


def wake_detail(task_id: uuid.UUID) -> None:
    """Hint that somebody waits to see all of this task."""
    hint(fetch_detail, str(task_id))


def wake_send_back(task_id: uuid.UUID) -> None:
    """Hint that somebody waits to learn where this task can be sent back to."""
    hint(fetch_send_back, str(task_id))


def wake_batch(batch_id: uuid.UUID) -> None:
    """Hint that a confirmed batch has tasks that are no decisions yet."""
    hint(expand_batch, str(batch_id))


def expand_and_wake(batch_id: uuid.UUID, seconds: float = 30.0) -> None:
    """Turn a batch into decisions for that long, and hint whoever goes on: one hint for each tenant."""
    is_done, tenants = expanding.expand(batch_id, seconds)
    for tenant_id in tenants:
        wake_tenant(tenant_id)
    if not is_done:
        wake_batch(batch_id)
