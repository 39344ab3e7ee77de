"""What a person does with their own connections."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.guards import signed_in
from accounts.models import User
from connections import barring, linking, oauth, standing, vault
from connections.models import Connection, ConnectionQuerySet, Tenant
from connections.refusals import Refusal, RefusalError
from connections.standing import Standing
from workday.errors import NotSent
from workday.origins import origin_of


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Every tenant, and how this person's connection there stands."""
    mine = {each.tenant_id: each for each in signed_in(request).connections.select_related("tenant")}
    lines = [standing.for_person(tenant, mine.get(tenant.pk)) for tenant in Tenant.objects.order_by("name")]
    return _may_leave_to(lines, render(request, "connections/list.html", {"lines": lines}))


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """This person's connection at one tenant: what an administrator can send them a link to. It starts nothing."""
    tenant = get_object_or_404(Tenant, key=key)
    mine = signed_in(request).connections.select_related("tenant").filter(tenant=tenant).first()
    line = standing.for_person(tenant, mine)
    return _may_leave_to([line], render(request, "connections/one.html", {"line": line}))


def _may_leave_to(lines: list[Standing], response: HttpResponse) -> HttpResponse:
    """Without a script the Connect button is a form that ends at Workday's authorization page."""
    origins = sorted({origin_of(line.tenant.authorization_endpoint) for line in lines})
    response._csp_update = {"form-action": origins}  # type: ignore[attr-defined]  # django-csp's hook
    return response


@require_POST
def connect(request: HttpRequest, key: str) -> HttpResponse:
    """Begin, and send the browser to Workday.

    A script moves on by itself where there is one: browsers hold every hop after a form against the page's
    form-action, and the company's own sign-in behind Workday is not known here.
    """
    tenant = get_object_or_404(Tenant, key=key)
    _same_site_only(request)
    try:
        url = oauth.begin(signed_in(request), _session_key(request), tenant)
    except (vault.Sealed, NotSent):
        messages.error(request, f"{tenant} cannot be connected: its administrator has to enter its details again.")
        url = reverse("connections:list")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


@login_not_required
@require_GET
def callback(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Where Workday sends the browser back to; it answers with a clean URL or with plain words, never with data."""
    if not request.user.is_authenticated:
        oauth.abandon(request.GET)
        return _private(_refused(request, RefusalError(Refusal.SIGNED_OUT)))
    try:
        connected = oauth.complete(signed_in(request), _session_key(request), request.GET, key)
    except RefusalError as refusal:
        return _private(_refused(request, refusal))
    messages.success(request, _as_whom(connected))
    return _private(_see_other("connections:list"))


@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    connection = get_object_or_404(_endable(user).select_related("tenant", "user"), pk=connection_id)
    if request.method == "POST":
        try:
            linking.disconnect(connection, user)
        except barring.Busy:
            messages.error(request, "It is being renewed just now, so nothing was changed. Try again in a minute.")
        else:
            messages.success(request, f"Disconnected from {connection.tenant}. The stored access was erased.")
        return _see_other("connections:list") if connection.user_id == user.pk else _to_tenant(connection.tenant)
    return render(request, "connections/disconnect.html", {"connection": connection})


def _endable(user: User) -> ConnectionQuerySet:
    """A person may end their own connections; an administrator anybody's, for a leaver or a lost laptop.

    Not a disabled one: there is nothing left to erase, and who connects after that must not get round the ban.
    """
    found = Connection.objects.all() if user.is_administrator else Connection.objects.of(user)
    return found.exclude(state__in=Connection.ENDED)


def _refused(request: HttpRequest, refusal: RefusalError) -> HttpResponse:
    if refusal.kind is Refusal.CANCELLED:
        messages.info(request, refusal.what)
        return _see_other("connections:list")
    return render(request, "connections/refused.html", {"refusal": refusal}, status=400)


def _as_whom(connected: oauth.Connected) -> str:
    """A browser that is signed in to Workday as somebody else asks nobody; the person here is the first to notice."""
    connection = connected.connection
    words = format_html("Connected to {} as {}.", connection.tenant, connection.worker_name)
    if not connected.is_new:
        return words
    undo = reverse("connections:disconnect", args=[connection.pk])
    return format_html('{} <a href="{}">Not you? Disconnect</a>', words, undo)


def _session_key(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _same_site_only(request: HttpRequest) -> None:
    """Beside the CSRF token: a browser that says the form came from elsewhere is believed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise PermissionDenied


def _see_other(name: str, *args: object) -> HttpResponse:
    """A redirect that turns whatever it answers into a GET (RFC 9110 section 15.4.4)."""
    response = redirect(name, *args)
    response.status_code = 303
    return response


def _to_tenant(tenant: Tenant) -> HttpResponse:
    return _see_other("connections:tenant", tenant.key)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
