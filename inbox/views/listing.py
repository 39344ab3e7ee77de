from __future__ import annotations

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.guards import signed_in
from inbox import sync
from inbox.bulk.choosing import fitting
from inbox.filters import Filter
from inbox.finder import Finder
from inbox.rows import Inbox, changed_since, decided_lately, has_new_since, inboxes_of, of_whom, page_of
from inbox.tasks import wake_sync
from inbox.views.page import head, place_marks

# Rows changed this much before the cursor are sent again: transactions commit in another order than they begin.
CURSOR_OVERLAP = datetime.timedelta(seconds=2)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The person's tasks from our own mirror; nothing here waits for Workday."""
    user = signed_in(request)
    saved = list(user.saved_views.all())
    usual = next((view.query for view in saved if view.is_default), "")
    if usual and not request.GET:
        return redirect(f"{request.path}?{usual}")
    wanted, after = Filter.read(request.GET), request.GET.get("after", "")
    every = inboxes_of(user)
    inboxes = of_whom(every, wanted.whose)
    rows, more = page_of(inboxes, user, wanted, after)
    listed = {"rows": rows, "more": more, "filter": wanted, **place_marks(inboxes)}
    if request.headers.get("HX-Request") and after:
        return render(request, "inbox/list.html#rows", listed)
    _look_again_where_stale(inboxes)
    context = {
        **listed,
        "after": after,
        "empty": _emptiness(inboxes, wanted) if not rows and not after else "",
        "decided": decided_lately(user),
        "count_fitting": fitting(inboxes, wanted).count() if rows else 0,
        **head(user, inboxes),
    }
    finder = Finder(wanted, context["counts"], inboxes, saved, has_isu=any(box.connection.is_isu for box in every))
    return render(request, "inbox/list.html", {**context, "finder": finder})


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """What changed on an open page since its cursor: decided rows, the counts and the as-of time."""
    user = signed_in(request)
    since = parse_cursor(request.GET.get("cursor", ""))
    wanted = Filter.read(request.GET)
    inboxes = of_whom(inboxes_of(user), wanted.whose)
    sync.note_watched([inbox.connection for inbox in inboxes])
    around = head(user, inboxes, request.GET.get("loaded", ""))
    if _has_outgrown(request.GET.get("empty", ""), inboxes, around["counts"].open):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    rows = changed_since(user, since - CURSOR_OVERLAP)
    context = {
        "changed": rows,
        "oob": True,
        "filter": wanted,
        "has_new": has_new_since(inboxes, wanted, parse_cursor(request.GET.get("loaded", ""))),
        "empty": request.GET.get("empty", ""),
        **around,
        **place_marks(inboxes),
    }
    return render(request, "inbox/list.html#changes", context)


@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Ask for a fresh look at Workday; the page shows it when it is there."""
    whose = Filter.read(request.GET).whose
    for box in of_whom(inboxes_of(signed_in(request)), whose):
        if box.connection.is_usable:
            sync.ask(box.connection)
            wake_sync(box.connection.pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "wake"})
    return redirect(f"{reverse('inbox:list')}?whose={whose}" if whose else "inbox:list")


def _emptiness(inboxes: list[Inbox], wanted: Filter) -> str:
    """Why a page has no rows: the first listing has not come yet, there is nothing, or nothing that was asked for."""
    if any(box.is_first for box in inboxes):
        return "first"
    return "filtered" if wanted.narrows else "nothing"


def _has_outgrown(empty: str, inboxes: list[Inbox], count_open: int) -> bool:
    """Whether a page that was shown without rows should be shown anew."""
    if empty == "first":
        return count_open > 0 or not any(box.is_first for box in inboxes)
    return empty == "nothing" and count_open > 0


def _look_again_where_stale(inboxes: list[Inbox]) -> None:
    sync.note_watched([box.connection for box in inboxes])
    for box in inboxes:
        if box.wants_look:
            sync.ask(box.connection)
            wake_sync(box.connection.pk)


def parse_cursor(text: str) -> datetime.datetime:
    """The moment a page was last brought up to date; a bad one means now, so nothing is sent twice for it."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return moment if timezone.is_aware(moment) else timezone.now()
