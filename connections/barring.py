"""Disabling a connection and allowing it again: a switch of administrators, beside its person's own."""

from __future__ import annotations

from functools import partial

from django.db import OperationalError, transaction
from django.db import connection as database

from accounts.models import User
from audit.models import record
from connections import grants, health
from connections.models import Connection
from connections.signals import disconnected

# A renewal under way holds the connection for about ten seconds; a worker that froze in one, for longer.
PATIENCE_SECONDS = 15


class Busy(Exception):
    """The connection is being renewed just now; nothing was changed."""


_ALLOWED_AGAIN = "An administrator has allowed this connection again. It has to be connected anew."


@transaction.atomic
def disable(connection: Connection, reason: str, actor: User) -> None:
    """Erase the tokens and let nobody reconnect until it is enabled; its person reads `reason`.

    What is queued waits from now on, and nothing more is read or sent. Raises Busy.
    """
    fresh = locked(connection)
    if fresh.state == Connection.State.DISABLED:
        return
    if fresh.state == Connection.State.DISCONNECTED and _worker_has_moved_on(fresh):
        fresh.worker_wid = ""
    grants.forget(fresh)
    health.enter(fresh, Connection.State.DISABLED, reason)
    fresh.save(update_fields=["worker_wid", *grants.FIELDS, *health.STATE_FIELDS])
    _record("connection.disabled", fresh, actor, reason=reason)
    transaction.on_commit(partial(disconnected.send, Connection, connection=fresh), robust=True)


@transaction.atomic
def enable(connection: Connection, actor: User) -> None:
    """Let it be connected again; the tokens are gone, so its own person has to. Raises Busy."""
    fresh = locked(connection)
    if fresh.state != Connection.State.DISABLED:
        return
    health.enter(fresh, Connection.State.NEEDS_RECONNECT, _ALLOWED_AGAIN)
    fresh.save(update_fields=[*health.STATE_FIELDS])
    _record("connection.enabled", fresh, actor)


def locked(connection: Connection) -> Connection:
    """Read afresh under the lock that renewals and reconnects take too, so none of them can undo this. Raises Busy."""
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_SECONDS}s"])
    try:
        with transaction.atomic():
            return Connection.objects.select_for_update().get(pk=connection.pk)
    except OperationalError:
        raise Busy from None


def _worker_has_moved_on(connection: Connection) -> bool:
    """Whether somebody else here has been connected as this worker since this connection was ended."""
    others = Connection.objects.filter(
        tenant=connection.tenant_id, kind=Connection.Kind.PERSON, worker_wid=connection.worker_wid
    )
    return others.exclude(pk=connection.pk).exclude(state=Connection.State.DISCONNECTED).exists()


def _record(verb: str, connection: Connection, actor: User, **data: str) -> None:
    record(verb, actor=actor.pk, tenant=connection.tenant_id, subject=connection.pk, kind=connection.kind, **data)
