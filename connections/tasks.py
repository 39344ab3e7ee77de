"""Celery's side of connections: each task calls one function, and may run twice without harm."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, current_app, shared_task
from django.conf import settings
from kombu import Connection as Broker
from kombu.exceptions import KombuError, OperationalError
from kombu.pools import producers

from connections import lifetime, reminders, tenant_alarm, verification
from connections.checkup import running

log = logging.getLogger(__name__)

# Seconds a page may wait for the broker, and how long a message is of any use.
HINT_SECONDS = 0.4
HINT_EXPIRES = 50


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


@shared_task(name="connections.check_up")
def check_up(check_id: str) -> None:
    """Carry out a check-up of a tenant that somebody waits for."""
    running.run(int(check_id))


def wake_check_up(check_id: int) -> bool:
    """Hint that this check-up is wanted; False when nobody could be told. Never raises and never blocks for long."""
    return _hint(check_up, str(check_id))


def _hint(task: Task[Any, Any], subject: str) -> bool:
    try:
        with producers[_broker()].acquire(block=True, timeout=HINT_SECONDS) as producer:
            task.apply_async((subject,), producer=producer, retry=False, expires=HINT_EXPIRES)
    except (KombuError, OperationalError, OSError) as error:
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


@shared_task(name="connections.verify_vault")
def verify_vault() -> None:
    """Open every stored token and compare it with the audit record; the alarm is raised where one is not right."""
    verification.verify()
