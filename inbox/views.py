from __future__ import annotations

import dataclasses
import datetime
import uuid
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import User
from inbox import sync
from inbox.decisions import AlreadyUnderWay, NotDecidable, NotWhatWasSeen, decide
from inbox.forms import DecideForm
from inbox.models import Decision, InboxTask
from inbox.rows import (
    Inbox,
    Row,
    changed_since,
    counts_of,
    decided_lately,
    has_new_since,
    inboxes_of,
    is_under_way,
    page_of,
    row_of,
)
from inbox.tasks import wake_sync

# Seconds between looks of an open page: quick while something is under way, calm otherwise.
POLL_LIVE = 1
POLL_CALM = 15
# Rows changed this much before the cursor are sent again: transactions commit in another order than they begin.
CURSOR_OVERLAP = datetime.timedelta(seconds=2)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The person's tasks from our own mirror; nothing here waits for Workday."""
    user = _user(request)
    inboxes = inboxes_of(user)
    after = request.GET.get("after", "")
    rows, more = page_of(inboxes, user, after)
    if request.headers.get("HX-Request") and after:
        return render(request, "inbox/list.html#rows", {"rows": rows, "more": more, **_shared(inboxes)})
    _look_again_where_stale(inboxes)
    context = {
        "rows": rows,
        "more": more,
        "after": after,
        "decided": decided_lately(user),
        **_head(user, inboxes),
        **_shared(inboxes),
    }
    return render(request, "inbox/list.html", context)


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """What changed on an open page since its cursor: decided rows, the counts and the as-of time."""
    user = _user(request)
    since = _parse_cursor(request.GET.get("cursor", ""))
    inboxes = inboxes_of(user)
    sync.note_watched([inbox.connection for inbox in inboxes])
    if request.GET.get("empty") and any(inbox.has_come_since(since) for inbox in inboxes):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    rows = changed_since(user, since - CURSOR_OVERLAP)
    context = {
        "changed": rows,
        "oob": True,
        "has_new": has_new_since(inboxes, _parse_cursor(request.GET.get("loaded", ""))),
        "empty": request.GET.get("empty", ""),
        **_head(user, inboxes, request.GET.get("loaded", "")),
        **_shared(inboxes),
    }
    return render(request, "inbox/list.html#changes", context)


@require_POST
def decide_task(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Accept a decision: commit it, hint the worker, and show the row as it now stands."""
    user = _user(request)
    task = get_object_or_404(InboxTask.objects.of(user).select_related("connection__tenant"), pk=task_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _row_with_error(request, task, " ".join(str(e) for errors in form.errors.values() for e in errors))
    try:
        decide(user, task, form.wish())
    except (NotDecidable, NotWhatWasSeen, AlreadyUnderWay) as refusal:
        return _row_with_error(request, task, str(refusal))
    return _row(request, task)


@require_POST
def undo(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Take a decision back while nothing can have been sent."""
    decision = get_object_or_404(
        Decision.objects.of(_user(request)).select_related("task__connection__tenant"), pk=decision_id
    )
    if decision.cancel():
        return _row(request, decision.task)
    return _row_with_error(request, decision.task, "Too late to undo: it is being sent to Workday.", status=409)


@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Ask for a fresh look at Workday; the page shows it when it is there."""
    for box in inboxes_of(_user(request)):
        if box.connection.is_usable:
            sync.ask(box.connection)
            wake_sync(box.connection.pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "wake"})
    return redirect("inbox:list")


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _look_again_where_stale(inboxes: list[Inbox]) -> None:
    sync.note_watched([box.connection for box in inboxes])
    for box in inboxes:
        if box.wants_look:
            sync.ask(box.connection)
            wake_sync(box.connection.pk)


def _shared(inboxes: list[Inbox]) -> dict[str, Any]:
    return {"show_tenant": len({inbox.connection.tenant_id for inbox in inboxes}) > 1 or _has_isu(inboxes)}


def _has_isu(inboxes: list[Inbox]) -> bool:
    return any(inbox.connection.is_isu for inbox in inboxes)


def _head(user: User, inboxes: list[Inbox], loaded: str = "") -> dict[str, Any]:
    now = timezone.now()
    busy = is_under_way(user) or any(inbox.is_awaited for inbox in inboxes)
    return {
        "inboxes": inboxes,
        **counts_of(inboxes),
        "poll_seconds": POLL_LIVE if busy else POLL_CALM,
        "cursor": now.isoformat(),
        "loaded": loaded or now.isoformat(),
    }


def _row(request: HttpRequest, task: InboxTask) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("inbox:list")
    task.refresh_from_db(fields=["closed_at"])
    return _rendered(request, row_of(task, _user(request)), 200)


def _row_with_error(request: HttpRequest, task: InboxTask, error: str, status: int = 422) -> HttpResponse:
    """The row again with the sentence beside its field and what was typed kept."""
    row = dataclasses.replace(
        row_of(task, _user(request)),
        error=error,
        typed=request.POST.get("comment", ""),
        opened=request.POST.get("action", ""),
    )
    return _rendered(request, row, status)


def _rendered(request: HttpRequest, row: Row, status: int) -> HttpResponse:
    user = _user(request)
    inboxes = inboxes_of(user)
    template = "inbox/list.html#answer" if request.headers.get("HX-Request") else "inbox/one.html"
    context = {"row": row, **_head(user, inboxes, request.POST.get("loaded", "")), **_shared(inboxes)}
    return render(request, template, context, status=status)


def _parse_cursor(text: str) -> datetime.datetime:
    """The moment a page was last brought up to date; a bad one means now, so nothing is sent twice for it."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return moment if timezone.is_aware(moment) else timezone.now()
