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
from connections import isu, vault
from connections import tenants as registry
from connections.forms import RefreshTokenForm, TenantForm
from connections.models import Connection, Tenant
from workday.errors import InvalidClient, InvalidGrant, WorkdayError


@require_safe
@administrators_only
def tenants(request: HttpRequest) -> HttpResponse:
    living = ~Q(connections__state=Connection.State.DISCONNECTED)
    broken = Q(connections__state=Connection.State.NEEDS_RECONNECT)
    found = Tenant.objects.annotate(
        connected=Count("connections", filter=living), broken=Count("connections", filter=broken)
    )
    return render(request, "connections/tenants.html", {"tenants": found.order_by("name")})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: HttpRequest) -> HttpResponse:
    form = TenantForm(request.POST or None)
    secret = form.secret() if request.method == "POST" and form.is_valid() else None
    if secret is None:
        return _form_page(request, form)
    registry.register(form.instance, secret, signed_in(request))
    messages.success(request, f"{form.instance} is registered. People can connect now.")
    return redirect("connections:tenant", form.instance.key)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def tenant(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    form = TenantForm(request.POST or None, instance=found)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form)
    registry.change(form.instance, form.secret(), signed_in(request))
    messages.success(request, f"{form.instance} is saved.")
    return redirect("connections:tenant", key)


@require_POST
@administrators_only
def connect_isu(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Tenant, key=key)
    form = RefreshTokenForm(request.POST)
    problem = _isu_problem(request, found, form) if form.is_valid() else ""
    if problem:
        form.add_error("refresh_token", problem)
    if form.errors:
        return _form_page(request, TenantForm(instance=found), form)
    messages.success(request, "The integration system user is connected.")
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


def _isu_problem(request: HttpRequest, tenant: Tenant, form: RefreshTokenForm) -> str:
    """Try the token; what went wrong in one sentence, or nothing."""
    try:
        isu.connect(tenant, form.secret(), signed_in(request))
    except InvalidGrant:
        return "Workday does not accept this refresh token. Generate a new one and paste all of it."
    except InvalidClient:
        return "Workday does not accept the API client's ID or secret."
    except vault.Sealed:
        return "Enter the client secret above again first."
    except WorkdayError:
        return "Workday could not be reached; nothing was stored."
    return ""


def _form_page(request: HttpRequest, form: TenantForm, isu_form: RefreshTokenForm | None = None) -> HttpResponse:
    saved = form.before
    context = {
        "form": form,
        "saved": saved,
        "redirect_url": (saved or Tenant(key=form.instance.key)).redirect_uri,
        "shared_url": f"{settings.PUBLIC_URL}{reverse('connections:callback')}",
        "isu_form": isu_form or RefreshTokenForm(),
        "connections": _connections(saved) if saved else [],
    }
    failed = form.errors or (isu_form and isu_form.errors)
    return render(request, "connections/tenant.html", context, status=422 if failed else 200)


def _connections(tenant: Tenant) -> list[Connection]:
    """Everybody's, the ISU's first; states only, nothing of what is in an inbox."""
    found = tenant.connections.exclude(state=Connection.State.DISCONNECTED).select_related("user")
    return list(found.order_by("kind", "worker_name"))
