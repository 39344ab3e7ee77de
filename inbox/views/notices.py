from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import signed_in
from connections import mailing
from inbox import notice_form


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Where a person chooses whether, when and how fully they are mailed about their tasks."""
    choice = notice_form.of(signed_in(request))
    form = notice_form.NoticeForm(request.POST or None, instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your choice is saved.")
        return redirect("inbox:notices")
    shown = {"form": form, "zone": timezone.get_current_timezone_name(), "can_mail": mailing.is_possible()}
    return render(request, "inbox/notices.html", shown, status=422 if form.errors else 200)
