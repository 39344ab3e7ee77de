from __future__ import annotations

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        from connections.signals import connected, disconnected  # noqa: PLC0415  # models must be loaded first
        from inbox.signals import forget, go_on  # noqa: PLC0415  # models must be loaded first

        connected.connect(go_on, dispatch_uid="inbox.go_on")
        disconnected.connect(forget, dispatch_uid="inbox.forget")
