"""Storing a grant as a connection, and ending one. Everything here is one transaction each."""

from __future__ import annotations

from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import record
from connections import barring, grants, health
from connections.models import Connection, Tenant
from connections.signals import connected, disconnected
from workday.answers import Worker
from workday.oauth import Grant
from workday.secret import Secret


class Refused(Exception):
    """The grant was not stored; the text says why, in words for the person."""


class AnotherWorker(Refused):
    def __init__(self, known: str, now: str) -> None:
        super().__init__(
            f"You are connected as {known}, but signed in to Workday as {now}. "
            "To connect as another worker, disconnect first."
        )


class WorkerTaken(Refused):
    def __init__(self, worker: str) -> None:
        super().__init__(
            f"{worker} is already connected by somebody else here. "
            "If this is you, ask an administrator to end that connection."
        )


class Disabled(Refused):
    def __init__(self, words: str = "An administrator has disabled your connection to this tenant.") -> None:
        super().__init__(words)


def store_person(user: User, tenant: Tenant, grant: Grant, worker: Worker) -> Connection:
    """Keep a person's grant; reconnecting keeps the same connection. Raises Refused, and then stores nothing."""
    for _ in range(2):
        try:
            with transaction.atomic():
                connection = _mine(user, tenant)
                _check(connection, worker)
                return _store(connection, grant, None, worker, actor=user)
        except IntegrityError:
            # Another first connect of this person or this worker was quicker; a second look finds it.
            continue
    raise WorkerTaken(worker.name)


def store_isu(tenant: Tenant, grant: Grant, given: Secret | None, worker: Worker, actor: User) -> Connection:
    """Keep the integration system user's grant; `given` is the refresh token that was pasted.

    Without one the grant came by client credentials.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        isu = Connection.objects.select_for_update().filter(tenant=tenant, kind=Connection.Kind.ISU)
        connection = isu.first() or Connection(tenant=tenant, kind=Connection.Kind.ISU)
        if connection.state == Connection.State.DISABLED:
            raise Disabled("The integration system user is disabled here. Enable it first.")
        connection.grant = Connection.Grant.REFRESH_TOKEN if given else Connection.Grant.CLIENT_CREDENTIALS
        connection.tenant = tenant
        return _store(connection, grant, given, worker, actor=actor)


def disconnect(connection: Connection, actor: User) -> None:
    """Erase the tokens. Workday offers no revocation call, so the grant there ends only by hand or by its time.

    Raises barring.Busy while somebody renews them.
    """
    with transaction.atomic():
        fresh = barring.locked(connection)
        if fresh.state in Connection.ENDED:
            return
        grants.forget(fresh)
        health.enter(fresh, Connection.State.DISCONNECTED, "")
        fresh.save(update_fields=[*grants.FIELDS, *health.STATE_FIELDS])
        _record("connection.disconnected", fresh, actor, revoked_at_workday="not offered")
        transaction.on_commit(partial(disconnected.send, Connection, connection=fresh), robust=True)


def _mine(user: User, tenant: Tenant) -> Connection:
    known = Connection.objects.select_for_update().filter(tenant=tenant, user=user, kind=Connection.Kind.PERSON)
    connection = known.first() or Connection(tenant=tenant, user=user, kind=Connection.Kind.PERSON)
    connection.tenant = tenant
    return connection


def _check(connection: Connection, worker: Worker) -> None:
    state = connection.state
    if state == Connection.State.DISABLED:
        raise Disabled
    if _other_worker(connection, worker) and state != Connection.State.DISCONNECTED:
        raise AnotherWorker(connection.worker_name, worker.name)
    others = Connection.objects.filter(tenant=connection.tenant, kind=Connection.Kind.PERSON, worker_wid=worker.id)
    if others.exclude(state=Connection.State.DISCONNECTED).exclude(pk=connection.pk).exists():
        raise WorkerTaken(worker.name)


def _store(
    connection: Connection, grant: Grant, refresh_token: Secret | None, worker: Worker, *, actor: User
) -> Connection:
    same_worker = not _other_worker(connection, worker)
    connection.worker_wid, connection.worker_name = worker.id, worker.name[:200]
    grants.keep(connection, grant, refresh_token)
    connection.connected_at = timezone.now()
    connection.refresh_token_at = connection.connected_at if connection.refresh_token_box else None
    connection.reminded_at = None
    health.enter(connection, Connection.State.HEALTHY, "")
    connection.save()
    health.clear_tenant_trouble(connection.tenant)
    _record("connection.connected", connection, actor)
    tell = partial(connected.send, Connection, connection=connection, same_worker=same_worker)
    transaction.on_commit(tell, robust=True)
    return connection


def _other_worker(connection: Connection, worker: Worker) -> bool:
    return bool(connection.worker_wid) and connection.worker_wid != worker.id


def _record(verb: str, connection: Connection, actor: User, **more: str) -> None:
    record(
        verb,
        actor=actor.pk,
        tenant=connection.tenant_id,
        subject=connection.pk,
        kind=connection.kind,
        worker=connection.worker_wid,
        **more,
    )
