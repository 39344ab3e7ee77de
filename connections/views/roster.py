"""What an administrator sees and does about people's connections. For everybody else these pages do not exist."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import administrators_only, signed_in
from accounts.models import User
from connections import barring, history, inviting, mailing, roster, standing
from connections.forms import ReasonForm
from connections.models import Connection, Tenant

PAGE_SIZE = 50


@require_safe
@administrators_only
def people(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody at this tenant: those who need somebody first, those who never connected last."""
    tenant = get_object_or_404(Tenant, key=key)
    sought, shown = request.GET.get("q", "").strip(), request.GET.get("show", "")
    page = Paginator(roster.people(tenant, sought=sought, shown=shown), PAGE_SIZE).get_page(request.GET.get("page"))
    isu = None if sought or shown or page.number > 1 else roster.isu_line(tenant)
    context = {
        "tenant": tenant,
        "page": page,
        "lines": [*([isu] if isu else []), *roster.lines(tenant, page)],
        "sought": sought,
        "shown": shown,
        "kinds": roster.SHOWN,
        "link": mailing.link_to(tenant),
        "can_mail": mailing.is_possible(),
    }
    return render(request, "connections/people.html", context)


@require_safe
@administrators_only
def connection(request: HttpRequest, key: str, connection_id: uuid.UUID) -> HttpResponse:
    """Why one connection works or does not, since when, and what to do about it."""
    found = _connection(key, connection_id)
    stands = standing.for_administrator(found.tenant, found)
    context = {
        "connection": found,
        "standing": stands,
        "row": roster.Line(found.user, stands),
        "history": history.of(found),
        "link": mailing.link_to(found.tenant),
        "can_mail": mailing.is_possible(),
    }
    return render(request, "connections/connection.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def disable(request: HttpRequest, key: str, connection_id: uuid.UUID) -> HttpResponse:
    found = _connection(key, connection_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            barring.disable(found, form.cleaned_data["reason"], signed_in(request))
        except barring.Busy:
            messages.error(request, "It is being renewed just now, so nothing was changed. Try again in a minute.")
        else:
            messages.success(request, f"{_whose(found)} is disabled, and the stored access was erased.")
        return _back(key, connection_id)
    status = 422 if form.errors else 200
    return render(request, "connections/disable.html", {"connection": found, "form": form}, status=status)


@require_POST
@administrators_only
def enable(request: HttpRequest, key: str, connection_id: uuid.UUID) -> HttpResponse:
    found = _connection(key, connection_id)
    try:
        barring.enable(found, signed_in(request))
    except barring.Busy:
        messages.error(request, "It is in use just now, so nothing was changed. Try again in a minute.")
    else:
        messages.success(request, f"{_whose(found)} is enabled. It has to be connected anew.")
    return _back(key, connection_id)


@require_POST
@administrators_only
def send_link(request: HttpRequest, key: str, person_id: uuid.UUID) -> HttpResponse:
    """Mail the person the link to their connection here. Without a mail server this page does not exist."""
    tenant = get_object_or_404(Tenant, key=key)
    person = get_object_or_404(User, pk=person_id, is_active=True)
    if not mailing.is_possible():
        raise Http404
    try:
        inviting.send_link(person, tenant, signed_in(request))
    except inviting.TooSoon:
        messages.error(request, f"{person} was sent a link less than an hour ago. Nothing was sent now.")
    except mailing.NotMailed:
        messages.error(request, "The mail server did not take the mail. Copy the link and send it yourself.")
    else:
        messages.success(request, f"The link was mailed to {person.email}.")
    return redirect("connections:people", key)


def _connection(key: str, connection_id: uuid.UUID) -> Connection:
    found = Connection.objects.select_related("tenant", "user").filter(tenant__key=key)
    return get_object_or_404(found, pk=connection_id)


def _whose(connection: Connection) -> str:
    return "The integration system user" if connection.is_isu else f"The connection of {connection.user}"


def _back(key: str, connection_id: uuid.UUID) -> HttpResponse:
    return redirect("connections:connection", key, connection_id)
