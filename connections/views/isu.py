"""How an administrator connects a tenant's integration system user."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.guards import administrators_only, signed_in
from connections import isu, linking, vault
from connections.forms import RefreshTokenForm, TenantForm
from connections.models import Connection, Tenant
from connections.views.tenants import form_page
from workday.errors import InvalidClient, InvalidGrant, WorkdayError


@require_POST
@administrators_only
def by_token(request: HttpRequest, key: str) -> HttpResponse:
    found, actor = get_object_or_404(Tenant, key=key), signed_in(request)
    form = RefreshTokenForm(request.POST)
    problem = _problem(lambda: isu.connect(found, form.secret(), actor)) if form.is_valid() else ""
    if problem:
        form.add_error("refresh_token", problem)
    if form.errors:
        return form_page(request, TenantForm(instance=found), form)
    return _connected(request, key)


@require_POST
@administrators_only
def by_client(request: HttpRequest, key: str) -> HttpResponse:
    found, actor = get_object_or_404(Tenant, key=key), signed_in(request)
    problem = _problem(lambda: isu.connect_by_client(found, actor))
    if problem:
        messages.error(request, problem)
        return redirect("connections:tenant", key)
    return _connected(request, key)


def _connected(request: HttpRequest, key: str) -> HttpResponse:
    messages.success(request, "The integration system user is connected.")
    return redirect("connections:tenant", key)


def _problem(connect: Callable[[], Connection]) -> str:
    """Try to connect; what went wrong in one sentence, or nothing."""
    try:
        connect()
    except isu.NotMapped:
        return (
            "Workday gives this API client no access by itself. Map it to the ISU's account first, as described below."
        )
    except InvalidGrant:
        return "Workday does not accept this refresh token. Generate a new one and paste all of it."
    except InvalidClient:
        return "Workday does not accept the API client's ID or secret."
    except linking.Refused as refused:
        return str(refused)
    except vault.Sealed:
        return "Enter the client secret above again first."
    except WorkdayError:
        return "Workday could not be reached; nothing was stored."
    return ""
