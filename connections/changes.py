"""Changing what a tenant is: where there are two administrators, one asks and another confirms.

Whoever can repoint a tenant could harvest what is sent there. Until the change is confirmed the tenant stays as it
is, and nothing goes to the new addresses.
"""

from __future__ import annotations

import copy
import hashlib
import json
from enum import Enum

from django.db import transaction

from accounts.models import User
from audit.models import record
from connections import clients, endpoints, tenants, vault
from connections.models import Tenant, TenantChange
from connections.tenants import Outdated
from workday.secret import Secret


class NotYours(Exception):
    """This person may not decide about this change; the text says who may."""


class Outcome(Enum):
    SAVED = "saved"
    # Saved, and a change that was waiting no longer fits and is gone.
    SAVED_AND_DROPPED = "saved_and_dropped"
    ASKED = "asked"


@transaction.atomic
def save(tenant: Tenant, secret: Secret | None, actor: User) -> Outcome:
    """Save a changed tenant. Another API client or endpoint waits for a second administrator where there is one.

    What is not part of that is saved at once. Raises Outdated.
    """
    before = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if secret is not None and tenants.identity_changed(before, tenant) and needs_another(actor):
        _ask(before, tenant, secret, actor)
        return Outcome.ASKED
    tenants.change(tenant, secret, actor)
    if secret is None:
        return Outcome.SAVED
    # What waited was sealed as the next secret after the one that has just been replaced.
    dropped = _take_away(before, "tenant.change_dropped", actor)
    return Outcome.SAVED_AND_DROPPED if dropped else Outcome.SAVED


def needs_another(actor: User) -> bool:
    """Whether there is another administrator, active, who can confirm what `actor` asks for."""
    return User.objects.filter(is_active=True, is_administrator=True).exclude(pk=actor.pk).exists()


def pending(tenant: Tenant) -> TenantChange | None:
    return TenantChange.objects.select_related("asked_by").filter(tenant=tenant).first()


def wanted(tenant: Tenant, change: TenantChange) -> Tenant:
    """The tenant as it will be; unsaved. Its secret is the one that waits with the change."""
    after = copy.copy(tenant)
    for name in tenants.OF_IDENTITY:
        setattr(after, name, change.values[name])
    after.secret_generation = tenant.secret_generation + 1
    after.client_secret_box = change.client_secret_box
    return after


def seen(tenant: Tenant, change: TenantChange) -> str:
    """A digest of what a page shows of the change, so that nobody confirms another one than they have read."""
    shown = [change.asked_by_id, change.asked_at, tenants.values(tenant), change.values, tenant.secret_generation]
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def confirm(tenant: Tenant, what_was_seen: str, actor: User) -> None:
    """Let the change take effect. Raises Outdated or NotYours, and then nothing has changed."""
    before, change = _locked(tenant, what_was_seen, actor)
    if change.asked_by_id == actor.pk:
        raise NotYours("Another administrator has to confirm what you asked for.")
    after = wanted(before, change)
    _check(after)
    change.delete()
    tenants.put(before, after, actor, "tenant.change_confirmed", asked_by=change.asked_by_id)


@transaction.atomic
def drop(tenant: Tenant, what_was_seen: str, actor: User) -> None:
    """Withdraw one's own change, or refuse somebody else's. Raises Outdated or NotYours."""
    before, change = _locked(tenant, what_was_seen, actor)
    mine = change.asked_by_id == actor.pk
    _take_away(before, "tenant.change_withdrawn" if mine else "tenant.change_refused", actor)


def _ask(before: Tenant, tenant: Tenant, secret: Secret, actor: User) -> None:
    replaced = _take_away(before, "tenant.change_replaced", actor)
    tenant.secret_generation = before.secret_generation
    tenants.set_client_secret(tenant, secret)
    TenantChange.objects.create(
        tenant=before,
        values={name: getattr(tenant, name) for name in tenants.OF_IDENTITY},
        client_secret_box=tenant.client_secret_box,
        asked_by=actor,
    )
    told = {"old": tenants.values(before), "new": tenants.values(tenant), "replaced": replaced}
    record("tenant.change_asked", actor=actor.pk, tenant=before.pk, subject=before.pk, **told)
    _save_the_rest(before, tenant, actor)


def _save_the_rest(before: Tenant, tenant: Tenant, actor: User) -> None:
    after = copy.copy(before)
    for name in set(tenants.EDITABLE) - set(tenants.OF_IDENTITY):
        setattr(after, name, getattr(tenant, name))
    if tenants.values(after) != tenants.values(before):
        tenants.put(before, after, actor, "tenant.changed")


def _locked(tenant: Tenant, what_was_seen: str, actor: User) -> tuple[Tenant, TenantChange]:
    """The tenant first, as everywhere; then the administrator, whom nobody can deactivate meanwhile."""
    before = Tenant.objects.select_for_update().get(pk=tenant.pk)
    acting = User.objects.select_for_update().filter(pk=actor.pk, is_active=True, is_administrator=True)
    if not acting.exists():
        raise NotYours("You are no longer an administrator.")
    change = TenantChange.objects.filter(tenant=before).first()
    if change is None or seen(before, change) != what_was_seen:
        raise Outdated("This is no longer the change that you were shown. Read it again.")
    return before, change


def _check(after: Tenant) -> None:
    if endpoints.problems(after, clients.policy()):
        raise Outdated("These addresses are no longer allowed here. Refuse the change.")
    try:
        clients.api_client(after)
    except vault.Sealed:
        raise Outdated(
            "The client secret that was entered with it does not open any more. Refuse the change."
        ) from None


def _take_away(tenant: Tenant, verb: str, actor: User) -> bool:
    """Delete the change that waits, if one does, and record it under `verb`."""
    change = TenantChange.objects.filter(tenant=tenant).first()
    if change is None:
        return False
    told = {"old": tenants.values(tenant), "new": change.values, "asked_by": change.asked_by_id}
    record(verb, actor=actor.pk, tenant=tenant.pk, subject=tenant.pk, **told)
    change.delete()
    return True
