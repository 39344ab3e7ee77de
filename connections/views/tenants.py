"""What an administrator does with tenants. For everybody else these pages do not exist."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import administrators_only, signed_in
from connections import changes, mailing, roster
from connections import tenants as registry
from connections.forms import RefreshTokenForm, TenantForm
from connections.models import Connection, Tenant
from connections.views.changes import waiting
from connections.views.checkup import checked

_SAVED = {
    changes.Outcome.SAVED: "{} is saved.",
    changes.Outcome.SAVED_AND_DROPPED: "{} is saved. The change that waited for confirming no longer fits and is gone.",
    changes.Outcome.ASKED: "{} stays at its present addresses and API client until another administrator confirms the "
    "change. Everything else is saved.",
}


@require_safe
@administrators_only
def tenants(request: HttpRequest) -> HttpResponse:
    living = ~Q(connections__state__in=Connection.ENDED)
    broken = Q(connections__state=Connection.State.NEEDS_RECONNECT)
    found = Tenant.objects.select_related("pending_change").annotate(
        connected=Count("connections", filter=living), broken=Count("connections", filter=broken)
    )
    return render(request, "connections/tenants.html", {"tenants": found.order_by("name")})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: HttpRequest) -> HttpResponse:
    form = TenantForm(request.POST or None)
    secret = form.secret() if request.method == "POST" and form.is_valid() else None
    if secret is None:
        return form_page(request, form)
    registry.register(form.instance, secret, signed_in(request))
    messages.success(request, f"{form.instance} is registered. Before people connect, see what was found.")
    return checked(request, form.instance)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def tenant(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    form = TenantForm(request.POST or None, instance=found)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form)
    try:
        outcome = changes.save(form.instance, form.secret(), signed_in(request))
    except registry.Outdated as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, _SAVED[outcome].format(form.instance))
        if outcome is not changes.Outcome.ASKED and form.secret():
            return checked(request, form.instance)
    return redirect("connections:tenant", key)


@require_POST
@administrators_only
def remove(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    try:
        registry.remove(found, signed_in(request))
    except registry.InUse as reason:
        messages.error(request, str(reason))
        return redirect("connections:tenant", key)
    messages.success(request, f"{found.name} is removed.")
    return redirect("connections:tenants")


def form_page(request: HttpRequest, form: TenantForm, isu_form: RefreshTokenForm | None = None) -> HttpResponse:
    """The page of a tenant with everything on it; 422 when one of its forms has a problem."""
    saved, reader = form.before, signed_in(request)
    context = {
        "form": form,
        "saved": saved,
        "redirect_url": (saved or Tenant(key=form.instance.key)).redirect_uri,
        "shared_url": f"{settings.PUBLIC_URL}{reverse('connections:callback')}",
        "isu_form": isu_form or RefreshTokenForm(),
        "isu": _isu(saved) if saved else None,
        "change": waiting(saved, reader) if saved else None,
        "another_confirms": changes.needs_another(reader),
        **(_people(saved) if saved else {}),
    }
    failed = form.errors or (isu_form and isu_form.errors)
    return render(request, "connections/tenant.html", context, status=422 if failed else 200)


def _people(tenant: Tenant) -> dict[str, object]:
    """States only, nothing of what is in an inbox."""
    return {
        "people": roster.glance(tenant),
        "link": mailing.link_to(tenant),
        "can_mail": mailing.is_possible(),
    }


def _isu(tenant: Tenant) -> Connection | None:
    found = tenant.connections.filter(kind=Connection.Kind.ISU)
    return found.exclude(state=Connection.State.DISCONNECTED).first()
