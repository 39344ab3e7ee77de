from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_wrong_keys(**kwargs: Any) -> None:
    """A process with a wrong or missing token key must not start: it would call every connection broken."""
    from connections.vault import prove_keys  # noqa: PLC0415  # the apps are not loaded when this module is

    try:
        prove_keys()
    except (ImproperlyConfigured, DatabaseError) as error:
        # Celery logs an ordinary exception of a signal's receiver and goes on.
        raise SystemExit(f"The token keys could not be checked: {error}") from None
