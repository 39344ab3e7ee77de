from __future__ import annotations

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        from connections.signals import connected  # noqa: PLC0415  # models must be loaded first
        from inbox.signals import go_on  # noqa: PLC0415  # models must be loaded first

        connected.connect(go_on, dispatch_uid="inbox.go_on")
