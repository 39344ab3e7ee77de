from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import PersonForm
from accounts.guards import administrators_only, signed_in
from accounts.links import link_days, mail_password_link, make_password_link
from accounts.models import User
from accounts.people import EmailTaken, NotAllowed, add_person, set_active, set_administrator

PAGE_SIZE = 100


@require_safe
@administrators_only
def people(request: HttpRequest) -> HttpResponse:
    sought = request.GET.get("q", "").strip()
    found = User.objects.filter(Q(email__icontains=sought) | Q(name__icontains=sought)).order_by("email")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/people.html", {"page": page, "sought": sought})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def add(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = add_person(form.cleaned_data["email"], form.cleaned_data["name"], by=signed_in(request))
        except EmailTaken:
            form.add_error("email", "Somebody signs in with this address already.")
        else:
            return _show_link(request, person, added=True)
    status = 422 if form.errors else 200
    return render(request, "accounts/person_add.html", {"form": form}, status=status)


def _show_link(request: HttpRequest, person: User, *, added: bool = False) -> HttpResponse:
    """Show the link in this very answer, because neither a session nor an address may carry it."""
    link = make_password_link(person, by=signed_in(request).pk)
    mailed = mail_password_link(person, link)
    shown = {"person": person, "link": link, "mailed": mailed, "added": added, "days": link_days()}
    return render(request, "accounts/person_link.html", shown)


@require_safe
@administrators_only
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    return render(request, "accounts/person.html", {"person": get_object_or_404(User, pk=person_id)})


@require_POST
@administrators_only
def link(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    person = get_object_or_404(User, pk=person_id)
    if person.has_usable_password() or not person.is_active:
        messages.error(request, "A link is made only for an active person who has never set a password.")
        return redirect("accounts:person", person_id)
    return _show_link(request, person)


@require_POST
@administrators_only
def administrator(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    person = get_object_or_404(User, pk=person_id)
    wanted = request.POST.get("wanted") == "yes"
    try:
        set_administrator(person, wanted, by=signed_in(request))
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person} is {'now' if wanted else 'no longer'} an administrator.")
    return redirect("accounts:person", person_id)


@require_POST
@administrators_only
def active(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    person = get_object_or_404(User, pk=person_id)
    wanted = request.POST.get("wanted") == "yes"
    try:
        set_active(person, wanted, by=signed_in(request))
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        words = "can sign in again." if wanted else "is signed out everywhere and can no longer sign in."
        messages.success(request, f"{person} {words}")
    return redirect("accounts:person", person_id)
