"""Celery's side of connections: each task calls one function, and may run twice without harm."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Task, current_app, shared_task
from django.conf import settings
from kombu import Connection as Broker
from kombu.exceptions import KombuError, OperationalError
from kombu.pools import producers

from connections import lifetime, reminders, tenant_alarm, verification
from connections.checkup import running

log = logging.getLogger(__name__)

# Seconds a person may wait for the broker: what they asked for has been committed before, so a frozen broker costs
# only this. A message that grew older than the second is of no use any more.
HINT_SECONDS = 0.4
HINT_EXPIRES = 60
# After a hint that failed nobody waits for the broker again for so long; sweepers find what fell due meanwhile.
PAUSE_SECONDS = 2.0


class Pause:
    """When this process may try the broker again, on its own monotonic clock."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE_SECONDS

    def is_on(self) -> bool:
        return time.monotonic() < self.until


pause = Pause()


@shared_task(name="connections.renew_idle")
def renew_idle() -> None:
    """Renew what nobody uses before its refresh token ends."""
    lifetime.renew_idle()


@shared_task(name="connections.remind")
def remind() -> None:
    """Mail people whose connection needs them, or soon will."""
    reminders.remind()


@shared_task(name="connections.alarm")
def alarm() -> None:
    """Mail the administrators when a tenant needs them."""
    tenant_alarm.alarm()


@shared_task(name="connections.verify_vault")
def verify_vault() -> None:
    """Open every stored token and compare it with the audit record; the alarm is raised where one is not right."""
    verification.verify()


@shared_task(name="connections.check_up")
def check_up(check_id: str) -> None:
    """Carry out a check-up of a tenant that somebody waits for."""
    running.run(int(check_id))


def wake_check_up(check_id: int) -> bool:
    """Hint that this check-up is wanted; False when nobody could be told. Never raises and never blocks for long."""
    return hint(check_up, str(check_id))


def hint(task: Task[Any, Any], subject: str) -> bool:
    """Publish a wake-up that carries one id; False when the broker did not take it.

    Never raises, and never blocks for long: what is wanted is in the database, and the hint may be lost.
    """
    if pause.is_on():
        return False
    try:
        with producers[_broker()].acquire(block=True, timeout=HINT_SECONDS) as producer:
            task.apply_async((subject,), producer=producer, retry=False, expires=HINT_EXPIRES)
    except (KombuError, OperationalError, OSError) as error:
        pause.begin()
        log.warning("no hint for %s: %s", task.name, type(error).__name__)
        return False
    return True


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
