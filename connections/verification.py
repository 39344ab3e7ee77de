"""Opening everything that is sealed, to find out what was damaged or changed before anybody needs it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from connections import alarms, changes, clients, grants, vault
from connections.alarms import Cause
from connections.models import Connection, Tenant, TenantChange


@dataclass(slots=True)
class Count:
    """Boxes that opened, that did not, and that name a key which is not in TOKEN_KEYS; connections that were parked."""

    opened: int = 0
    refused: int = 0
    without_key: int = 0
    parked: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.refused or self.without_key or self.parked)


def verify() -> Count:
    """Open every box and compare every connection's generation with the audit record; see `connections.alarms`."""
    count = Count()
    for tenant in Tenant.objects.exclude(client_secret_box=None):
        _verify_secret(count, tenant)
    for change in TenantChange.objects.select_related("tenant"):
        _verify_secret(count, changes.wanted(change.tenant, change))
    stored = Connection.objects.exclude(access_token_box=None, refresh_token_box=None)
    for pk in list(stored.values_list("pk", flat=True)):
        _verify_connection(count, pk)
    return count


def _verify_secret(count: Count, tenant: Tenant) -> None:
    opens = _opens(count, tenant.client_secret_box, clients.secret_binding(tenant))
    if not opens:
        alarms.sound(Cause.CLIENT_SECRET, tenant=tenant.pk, subject=tenant.pk)


@transaction.atomic
def _verify_connection(count: Count, pk: uuid.UUID) -> None:
    """A locked row is being renewed, which looks at it just as closely."""
    locked = Connection.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    fresh = locked.select_related("tenant").filter(pk=pk).first()
    if fresh is None:
        return
    for purpose, box in (("access", fresh.access_token_box), ("refresh", fresh.refresh_token_box)):
        if box:
            _opens(count, box, grants.binding(fresh, purpose))
    if alarms.park_if_tampered(fresh):
        count.parked += 1


def _opens(count: Count, box: bytes | memoryview | None, binding: vault.Binding) -> bool:
    """Count what becomes of a box; a key that is known but not here says nothing against it."""
    try:
        vault.open_box(box, binding)
    except vault.UnknownKey:
        count.without_key += 1
        if not alarms.is_known(vault.key_id_of(box or b"")):
            subject = binding.connection or binding.tenant
            alarms.sound(Cause.UNKNOWN_KEY, tenant=binding.tenant, subject=subject)
    except vault.Sealed:
        count.refused += 1
        return False
    else:
        count.opened += 1
    return True
