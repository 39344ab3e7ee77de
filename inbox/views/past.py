"""What a person decided, and what of it needs them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.guards import signed_in
from inbox import history
from inbox.attention import needing, rows_needing
from inbox.bulk.progress import latest
from inbox.rows import inboxes_of
from inbox.views.page import head, place_marks


@require_safe
def decided(request: HttpRequest) -> HttpResponse:
    """Everything this person decided here, with what became of it."""
    user = signed_in(request)
    wanted = history.Past.read(request.GET)
    decisions, more = history.page_of(user, wanted, request.GET.get("after", ""))
    context = {
        "decisions": decisions,
        "batches": [] if wanted.query or request.GET.get("after") else latest(user),
        "more": more,
        "wanted": wanted,
        "outcomes": history.OUTCOMES,
        "actions": history.ACTIONS,
        "count_needing": needing(user).count(),
        **place_marks(inboxes_of(user)),
    }
    return render(request, "inbox/decided.html", context)


@require_safe
def attention(request: HttpRequest) -> HttpResponse:
    """The decisions that are stuck or have to be taken again."""
    user = signed_in(request)
    inboxes = inboxes_of(user)
    context = {"rows": rows_needing(user), **head(user, inboxes), **place_marks(inboxes)}
    return render(request, "inbox/attention.html", context)
