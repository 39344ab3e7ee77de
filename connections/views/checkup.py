"""The check-up of a tenant, for administrators: asking for one, waiting for it, and what it found."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import administrators_only, signed_in
from connections.checkup import asking
from connections.checkup import report as wording
from connections.models import Tenant
from connections.tasks import wake_check_up


@require_POST
@administrators_only
def check(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a check-up. It is made in the worker, and its page waits for it."""
    tenant = get_object_or_404(Tenant, key=key)
    return checked(request, tenant)


def checked(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Have it checked and lead to what is found: on request, and whenever other addresses or secrets were saved."""
    try:
        asked = asking.ask(tenant, signed_in(request))
    except asking.TooSoon as reason:
        messages.warning(request, str(reason))
    else:
        if not wake_check_up(asked.pk):
            asking.give_up(asked)
    return redirect("connections:tenant_checkup", tenant.key)


@require_safe
@administrators_only
def checkup(request: HttpRequest, key: str) -> HttpResponse:
    """The newest check-up. A page that waits for it is told nothing (204) until there is something to say."""
    tenant = get_object_or_404(Tenant, key=key)
    check, found = asking.newest(tenant) or (None, [])
    waits = request.headers.get("HX-Request") == "true"
    if waits and check and not found:
        return HttpResponse(status=204)
    context = {
        "tenant": tenant,
        "check": check,
        "found": found,
        "summary": wording.summary(found),
        "tone": wording.tone(found),
        "report": wording.text(tenant, check, found) if check else "",
    }
    return render(request, f"connections/checkup.html{'#answer' if waits else ''}", context)


@require_safe
@administrators_only
def report(request: HttpRequest, key: str) -> HttpResponse:
    """The same as plain text, to give to whoever administers Workday."""
    tenant = get_object_or_404(Tenant, key=key)
    check, found = asking.newest(tenant) or (None, [])
    if check is None or not found:
        raise Http404
    text = wording.text(tenant, check, found)
    disposition = f'attachment; filename="workday-check-up-{tenant.key}.txt"'
    return HttpResponse(text, "text/plain; charset=utf-8", headers={"Content-Disposition": disposition})
