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
# What is true of one API client and its addresses only, and so changes together with them.
OF_IDENTITY = (*IDENTITY, "environment", "shared_callback", "iss_required", "refresh_token_days")
EDITABLE = (*OF_IDENTITY, "name", "decide_by")
_MOVED = "The tenant's Workday addresses or API client changed; connect again to allow the new ones."


class InUse(Exception):
    """The tenant cannot be removed; the text says why."""


class Outdated(Exception):
    """What was asked for no longer fits what is stored; the text says what to do."""


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
    record("tenant.registered", actor=actor.pk, tenant=tenant.pk, subject=tenant.pk, **values(tenant))


@transaction.atomic
def change(tenant: Tenant, secret: Secret | None, actor: User) -> None:
    """Save a changed tenant at once. When it is another API client or endpoint now, everybody has to connect again.

    `connections.changes.save` says whether that may be done at once. Raises Outdated when such a change came without
    its secret: somebody else changed the tenant while this one was being entered.
    """
    before = Tenant.objects.select_for_update().get(pk=tenant.pk)
    tenant.secret_generation, tenant.client_secret_box = before.secret_generation, before.client_secret_box
    if secret is not None:
        set_client_secret(tenant, secret)
    elif identity_changed(before, tenant):
        raise Outdated("The tenant was changed meanwhile. Look at it again.")
    put(before, tenant, actor, "tenant.changed")


def put(before: Tenant, after: Tenant, actor: User, verb: str, **also: object) -> None:
    """Save `after` in place of `before`, which the caller has locked, and record both under `verb`."""
    fields = [*EDITABLE]
    secret_replaced = after.secret_generation != before.secret_generation
    if secret_replaced:
        after.trouble, after.trouble_since = "", None
        fields += ["client_secret_box", "secret_generation", "trouble", "trouble_since"]
    after.save(update_fields=fields)
    told = {"old": values(before), "new": values(after), "secret_replaced": secret_replaced, **also}
    record(verb, actor=actor.pk, tenant=after.pk, subject=after.pk, **told)
    if identity_changed(before, after):
        _park(after)


def values(tenant: Tenant) -> dict[str, object]:
    """All that can be edited but the secret, by field name."""
    return {name: getattr(tenant, name) for name in EDITABLE}


def _park(tenant: Tenant) -> None:
    OAuthState.objects.filter(tenant=tenant).delete()
    for connection in tenant.connections.filter(state__in=Connection.USABLE).select_for_update():
        health.need_reconnect(connection, _MOVED)


def remove(tenant: Tenant, actor: User) -> None:
    """Delete a tenant that nobody uses. Raises InUse."""
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        if tenant.connections.exclude(state__in=Connection.ENDED).exists():
            raise InUse("Somebody is still connected. Disconnect them first.")
        record("tenant.removed", actor=actor.pk, tenant=tenant.pk, subject=tenant.pk, name=tenant.name)
        try:
            tenant.connections.all().delete()
            tenant.delete()
        except ProtectedError:
            raise InUse("Decisions were made here, and their record needs the tenant.") from None
