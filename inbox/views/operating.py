from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.guards import administrators_only
from inbox.operating import standing


@require_safe
@administrators_only
def operations(request: HttpRequest) -> HttpResponse:
    """The operators' page: what is stuck, since when, and what to do about it."""
    return render(request, "inbox/operations.html", {"standing": standing()})
