"""Confirming, refusing or withdrawing a change of what a tenant is. For everybody else these pages do not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.guards import administrators_only, signed_in
from accounts.models import User
from connections import changes
from connections import tenants as registry
from connections.forms import TenantForm
from connections.models import Tenant, TenantChange
from connections.views.checkup import checked


@dataclass(frozen=True, slots=True)
class Line:
    """One value as it is and as it would be, in words; `is_exact` where every letter counts."""

    label: str
    now: str
    wanted: str
    is_exact: bool = False

    @property
    def columns(self) -> list[tuple[str, list[str]]]:
        """Both under their headings, in pieces between which a line may end: a name that is torn reads like another."""
        return [(title, re.split("(?<=/)", text)) for title, text in (("Now", self.now), ("Wanted", self.wanted))]


@require_POST
@administrators_only
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    try:
        changes.confirm(found, request.POST.get("seen", ""), signed_in(request))
    except (registry.Outdated, changes.NotYours) as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"{found} is changed. Everybody connected there has to connect again.")
        return checked(request, found)
    return redirect("connections:tenant", key)


@require_POST
@administrators_only
def drop(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    try:
        changes.drop(found, request.POST.get("seen", ""), signed_in(request))
    except (registry.Outdated, changes.NotYours) as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"The change of {found} is dropped. Nothing was sent to the other addresses.")
    return redirect("connections:tenant", key)


def waiting(tenant: Tenant, reader: User) -> dict[str, object] | None:
    """What the tenant's page shows of a change that waits, to this administrator."""
    change = changes.pending(tenant)
    if change is None:
        return None
    return {
        "asked_by": change.asked_by,
        "asked_at": change.asked_at,
        "mine": change.asked_by_id == reader.pk,
        "alone": not changes.needs_another(reader),
        "seen": changes.seen(tenant, change),
        "lines": _lines(tenant, change),
    }


def _lines(tenant: Tenant, change: TenantChange) -> list[Line]:
    """What differs; the secret always does, and is never shown."""
    after = changes.wanted(tenant, change)
    differing = [name for name in registry.OF_IDENTITY if getattr(tenant, name) != getattr(after, name)]
    lines = [
        Line(_label(name), _words(tenant, name), _words(after, name), name in registry.IDENTITY) for name in differing
    ]
    return [*lines, Line(_label("client_secret"), "the stored one", "a new one")]


def _label(name: str) -> str:
    return str(TenantForm.base_fields[name].label)


def _words(tenant: Tenant, name: str) -> str:
    value = tenant.get_environment_display() if name == "environment" else getattr(tenant, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
