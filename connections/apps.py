from __future__ import annotations

from django.apps import AppConfig

from connections import keyring


class ConnectionsConfig(AppConfig):
    name = "connections"

    def ready(self) -> None:
        """A process without usable keys stops here rather than at the first token."""
        keyring.ring()
