from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from connections import failpoints, keyring


class ConnectionsConfig(AppConfig):
    name = "connections"

    def ready(self) -> None:
        """A process without usable keys, or with a wrong fail-point, stops here rather than on its way."""
        keyring.ring()
        failpoints.arm(settings.FAILPOINT)
