"""The state of a connection and of a tenant, changed by named steps. Call them inside a transaction."""

from __future__ import annotations

from django.db.models.functions import Now
from django.utils import timezone

from audit.models import record
from connections import grants
from connections.models import Connection, Tenant

STATE_FIELDS = ("state", "state_since", "state_reason")


def need_reconnect(connection: Connection, reason: str) -> None:
    """Only its person can mend this connection: erase its useless tokens and say why."""
    grants.forget(connection)
    enter(connection, Connection.State.NEEDS_RECONNECT, reason)
    connection.save(update_fields=[*STATE_FIELDS, *grants.FIELDS])
    record(
        "connection.needs_reconnect",
        tenant=connection.tenant_id,
        subject=connection.pk,
        user=connection.user_id,
        reason=reason,
    )


def trouble(connection: Connection, reason: str) -> None:
    """Workday cannot be reached for now; nobody has to do anything."""
    if connection.state == Connection.State.HEALTHY:
        enter(connection, Connection.State.TROUBLED, reason)
        connection.save(update_fields=[*STATE_FIELDS])


def recover(connection: Connection) -> None:
    """A token was had: clear what was said about the weather, here and at the tenant."""
    if connection.state == Connection.State.TROUBLED:
        enter(connection, Connection.State.HEALTHY, "")
        connection.save(update_fields=[*STATE_FIELDS])
    clear_tenant_trouble(connection.tenant)


def tenant_trouble(tenant: Tenant, reason: str) -> None:
    """No token can be had at this tenant until its administrator acts."""
    fresh = Tenant.objects.filter(pk=tenant.pk, trouble="").update(trouble=reason, trouble_since=Now())
    if fresh:
        record("tenant.trouble", tenant=tenant.pk, subject=tenant.pk, reason=reason)


def clear_tenant_trouble(tenant: Tenant) -> None:
    if Tenant.objects.filter(pk=tenant.pk).exclude(trouble="").update(trouble="", trouble_since=None):
        record("tenant.recovered", tenant=tenant.pk, subject=tenant.pk)


def enter(connection: Connection, state: Connection.State, reason: str) -> None:
    """Put the state into the connection's fields (STATE_FIELDS); the caller saves."""
    connection.state = state
    connection.state_reason = reason
    connection.state_since = timezone.now()
