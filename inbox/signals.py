from __future__ import annotations

from typing import Any

from connections.models import Connection
from inbox import sync
from inbox.started import mirror
from inbox.sweep import resume_parked
from inbox.tasks import wake_sync, wake_tenant


def go_on(sender: object, connection: Connection, same_worker: bool, **kwargs: Any) -> None:
    """After a connect or reconnect: parked decisions go on, and the inbox is looked at.

    As another worker the mirror starts afresh, and what the former one had decided stays parked.
    """
    if not same_worker:
        sync.start_afresh(connection)
        mirror.forget(connection)
    if resume_parked(connection):
        wake_tenant(connection.tenant_id)
    sync.ask(connection)
    wake_sync(connection.pk)


def forget(sender: object, connection: Connection, **kwargs: Any) -> None:
    """Without a connection nobody can be shown what its worker started, so it is not kept either."""
    mirror.forget(connection)
