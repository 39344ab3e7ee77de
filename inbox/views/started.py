"""What a person started in Workday and where it is now: all from our mirror, the worker asks Workday."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.guards import signed_in
from inbox.attention import needing
from inbox.models import StartedRequest
from inbox.started import finding, mirror, steps, timeline, words
from inbox.tasks import wake_started, wake_started_steps

# Seconds between looks of an open page: quick while Workday is being asked, calm otherwise.
POLL_LIVE = 1
POLL_CALM = 30


@require_safe
def started(request: HttpRequest) -> HttpResponse:
    """This person's requests, newest first; an open page asks again and is told when there is nothing new."""
    user = signed_in(request)
    _look_again_where_stale(finding.sides_of(user))
    sides = finding.sides_of(user)
    version = finding.version(sides)
    if request.headers.get("HX-Request") and request.GET.get("version") == version:
        return HttpResponse(status=204)
    wanted, after = finding.Wanted.read(request.GET), request.GET.get("after", "")
    rows, more = finding.page_of(user, wanted, after)
    context = {
        "sides": sides,
        "show_tenant": len(sides) > 1,
        "rows": rows,
        "more": more,
        "after": after,
        "wanted": wanted,
        "chips": finding.chips(user, wanted),
        # An empty page means something only where Workday has told all there is.
        "is_whole": not any(side.is_broken or side.is_first for side in sides),
        "is_current": all(side.tone == "ok" for side in sides),
        "poll_address": _poll_address(wanted, after, version),
        "poll_seconds": POLL_LIVE if any(side.is_awaited for side in sides) else POLL_CALM,
        "count_needing": needing(user).count(),
    }
    return render(request, "inbox/requests.html", context)


@require_safe
def one(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request with all its steps; they are asked for when somebody opens it."""
    mine = StartedRequest.objects.of(signed_in(request)).select_related("connection__tenant")
    found = get_object_or_404(mine, pk=request_id)
    if found.connection.is_usable and not found.is_gone and found.is_detail_worth_asking:
        steps.ask(found)
        wake_started_steps(found.pk)
    context = {
        "row": found,
        "lines": timeline.of(found),
        "untold": words.untold(found),
        "workday_url": found.connection.tenant.home_url,
    }
    return render(request, "inbox/request.html", context)


def _poll_address(wanted: finding.Wanted, after: str, version: str) -> str:
    query = {"q": wanted.q, "state": wanted.state, "after": after, "version": version}
    return f"{reverse('inbox:requests')}?{urlencode({name: value for name, value in query.items() if value})}"


def _look_again_where_stale(sides: list[finding.Side]) -> None:
    for side in sides:
        if side.wants_look:
            mirror.ask(side.connection)
            wake_started(side.connection.pk)
