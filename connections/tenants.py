"""Registering, changing and removing tenants, and what that does to the people connected there."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import User
from audit.models import record
from connections import clients, health, vault
from connections.models import Connection, OAuthState, Tenant
from workday.secret import Secret

# With any of these changed, the client secret and every token were given for something else.
IDENTITY = ("client_id", "rest_endpoint", "authorization_endpoint", "token_endpoint")
EDITABLE = (*IDENTITY, "name", "environment", "shared_callback", "decide_by")
_MOVED = "The tenant's Workday addresses or API client changed; connect again to allow the new ones."


class InUse(Exception):
    """The tenant cannot be removed; the text says why."""


def set_client_secret(tenant: Tenant, secret: Secret) -> None:
    """Seal a new client secret for the tenant's present token endpoint; the caller saves."""
    tenant.secret_generation += 1
    tenant.client_secret_box = vault.seal(secret, clients.secret_binding(tenant))


def identity_changed(before: Tenant, after: Tenant) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in IDENTITY)


@transaction.atomic
def register(tenant: Tenant, secret: Secret, actor: User) -> None:
    """Save a new tenant with its client secret."""
    set_client_secret(tenant, secret)
    tenant.save(force_insert=True)
    record("tenant.registered", actor=actor.pk, tenant=tenant.pk, subject=tenant.pk, **_endpoints(tenant))


@transaction.atomic
def change(tenant: Tenant, secret: Secret | None, actor: User) -> None:
    """Save a changed tenant. When it is another API client or endpoint now, everybody has to connect again.

    The caller has made sure that a secret came with such a change: the old one no longer opens.
    """
    before = Tenant.objects.select_for_update().get(pk=tenant.pk)
    tenant.secret_generation = before.secret_generation
    fields = [*EDITABLE]
    if secret is not None:
        set_client_secret(tenant, secret)
        tenant.trouble, tenant.trouble_since = "", None
        fields += ["client_secret_box", "secret_generation", "trouble", "trouble_since"]
    tenant.save(update_fields=fields)
    record(
        "tenant.changed",
        actor=actor.pk,
        tenant=tenant.pk,
        subject=tenant.pk,
        old=_endpoints(before),
        new=_endpoints(tenant),
        secret_replaced=secret is not None,
    )
    if identity_changed(before, tenant):
        _park(tenant)


def _park(tenant: Tenant) -> None:
    OAuthState.objects.filter(tenant=tenant).delete()
    for connection in tenant.connections.filter(state__in=Connection.USABLE).select_for_update():
        health.need_reconnect(connection, _MOVED)


def remove(tenant: Tenant, actor: User) -> None:
    """Delete a tenant that nobody uses. Raises InUse."""
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        if tenant.connections.exclude(state=Connection.State.DISCONNECTED).exists():
            raise InUse("Somebody is still connected. Disconnect them first.")
        record("tenant.removed", actor=actor.pk, tenant=tenant.pk, subject=tenant.pk, name=tenant.name)
        try:
            tenant.connections.all().delete()
            tenant.delete()
        except ProtectedError:
            raise InUse("Decisions were made here, and their record needs the tenant.") from None


def _endpoints(tenant: Tenant) -> dict[str, str]:
    return {name: getattr(tenant, name) for name in (*IDENTITY, "environment")}
