"""The product's settings with every logger at DEBUG, every SQL statement logged with its values, and mails in files.

Nobody should run it so; what it then says is what it could ever say.
"""

from __future__ import annotations

import os
from typing import Any

from django.db.backends.signals import connection_created

from config.settings import *  # noqa: F403  # whatever is set there, but for what follows
from config.settings import LOGGING as USUAL

LOGGING = {
    **USUAL,
    "root": {"handlers": ["stderr"], "level": "DEBUG"},
    "loggers": {
        name: {"level": "DEBUG"}
        for name in ("amqp", "celery", "django", "django.db.backends", "kombu", "oauthlib", "redis", "requests")
    }
    | {name: {"level": "DEBUG"} for name in ("requests_oauthlib", "urllib3")},
}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["MAILS"]


def _log_statements(connection: Any, **_: Any) -> None:
    connection.force_debug_cursor = True


connection_created.connect(_log_statements)
