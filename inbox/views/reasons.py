"""The reasons that people can choose from, as administrators write them. For everybody else the pages do not exist."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import administrators_only, signed_in
from inbox.models import Reason
from inbox.reason_form import ReasonForm
from inbox.reasons import add, change, remove


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def reasons(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for another one."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add(form.instance, signed_in(request))
        messages.success(request, "The reason is added.")
        return redirect("reasons")
    shown = {"reasons": Reason.objects.select_related("tenant"), "form": form}
    return render(request, "inbox/reasons.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def reason(request: HttpRequest, reason_id: int) -> HttpResponse:
    found = get_object_or_404(Reason, pk=reason_id)
    form = ReasonForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        change(form.instance, signed_in(request))
        messages.success(request, "The reason is saved.")
        return redirect("reasons")
    return render(request, "inbox/reason.html", {"form": form, "reason": found}, status=422 if form.errors else 200)


@require_POST
@administrators_only
def remove_reason(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Offer it no longer; decisions that were taken with it keep their comments."""
    remove(get_object_or_404(Reason, pk=reason_id), signed_in(request))
    messages.success(request, "The reason is removed.")
    return redirect("reasons")
