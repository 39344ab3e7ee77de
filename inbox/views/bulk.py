"""Many tasks at once: choose, look at the summary, confirm, and watch what becomes of them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.guards import signed_in
from inbox.bulk import changing_course, choosing, expanding
from inbox.bulk.choosing import CannotBeChosen
from inbox.bulk.progress import items_changed, items_of, progress_of
from inbox.bulk.summary import summary_of
from inbox.filters import Filter
from inbox.forms import ConfirmForm
from inbox.models import Batch, Reason
from inbox.reasons import filled_in, to_choose
from inbox.rows import inboxes_of, of_whom
from inbox.states import Action
from inbox.tasks import expand_and_wake
from inbox.views.listing import CURSOR_OVERLAP, parse_cursor
from inbox.views.page import POLL_CALM, POLL_LIVE, place_marks

# How long a confirmation goes on by itself; a worker takes over what is left.
CONFIRM_SECONDS = 1.5
EVERY_POSITION = 99_999
OFFERED = (Action.APPROVE, Action.REJECT)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Make a draft of what was ticked, or of all that fits the filter, and lead to its summary."""
    user, action = signed_in(request), request.POST.get("action", "")
    if action not in OFFERED:
        return HttpResponseBadRequest("Choose approve or reject.")
    wanted = Filter.read(QueryDict(request.POST.get("query", "")))
    try:
        if request.POST.get("all"):
            inboxes = of_whom(inboxes_of(user), wanted.whose)
            batch = choosing.draft(user, Action(action), choosing.all_that_fit(inboxes, wanted), wanted.query)
        else:
            ticked = choosing.ids_in(request.POST.getlist("task"))
            batch = choosing.draft(user, Action(action), choosing.chosen_by_id(user, ticked))
    except CannotBeChosen as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('inbox:list')}?{wanted.query or 'view=all'}")
    return redirect("inbox:batch", batch.pk)


@require_safe
def batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """The summary of a draft; of a confirmed batch, what became of each task."""
    found = _own(request, batch_id)
    if found.is_draft:
        return _summary(request, found, ConfirmForm(found.is_rejection, _offered(found)), 200)
    return render(request, "inbox/batch.html", _page(request, found))


@require_POST
def confirm(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Make the draft a wish, committed before anything else; the same click twice is one."""
    found = _own(request, batch_id)
    if found.is_draft:
        offered = _offered(found)
        form = ConfirmForm(found.is_rejection, offered, filled_in(request.POST, offered))
        if not form.is_valid():
            return _summary(request, found, form, 422)
        without = choosing.ids_in(request.POST.getlist("without"))
        expanding.confirm(found, form.cleaned_data["comment"], without)
    expand_and_wake(found.pk, CONFIRM_SECONDS)
    return redirect("inbox:batch", found.pk)


@require_GET
def changes(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """What changed of one page of tasks since its cursor, and the counts."""
    found, group = _own(request, batch_id), request.GET.get("show", "")
    since = parse_cursor(request.GET.get("cursor", "")) - CURSOR_OVERLAP
    after, last = _number(request, "after"), _number(request, "last")
    changed = items_changed(found, after, last, since)
    context = {
        **_around(request, found),
        "changed": [] if group else changed,
        # Of one group tasks come and go, so its page is sent whole, once there is something new.
        "items": items_of(found, group, after)[0] if group and changed else [],
        "after": after,
        "last": last,
        "group": group,
        "oob": True,
    }
    return render(request, "inbox/batch.html#changes", context)


@require_POST
def undo(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Take back whatever has not begun to be sent."""
    found = _own(request, batch_id)
    count = 0 if found.is_draft else changing_course.undo(found)
    if count:
        messages.success(request, f"{count} {'task' if count == 1 else 'tasks'} undone; nothing was sent for them.")
    else:
        messages.error(request, "Too late to undo: everything is on its way to Workday.")
    return redirect("inbox:batch", found.pk)


@require_POST
def retry(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """A new draft of what did not work and still waits; it is looked at and confirmed like any other."""
    found = _own(request, batch_id)
    try:
        again = choosing.draft(found.user, Action(found.action), changing_course.worth_retrying(found))
    except CannotBeChosen:
        messages.error(request, "None of these tasks can be tried again: they no longer wait for you.")
        return redirect("inbox:batch", found.pk)
    return redirect("inbox:batch", again.pk)


def _own(request: HttpRequest, batch_id: uuid.UUID) -> Batch:
    return get_object_or_404(Batch.objects.of(signed_in(request)), pk=batch_id)


def _offered(found: Batch) -> QuerySet[Reason]:
    """The reasons to choose from that are good at every tenant of this batch."""
    tenants = found.items.order_by().values_list("task__connection__tenant", flat=True).distinct()
    return to_choose(found.action, set(tenants))


def _summary(request: HttpRequest, found: Batch, form: ConfirmForm, status: int) -> HttpResponse:
    context = {"batch": found, "summary": summary_of(found), "form": form}
    return render(request, "inbox/batch_summary.html", context, status=status)


def _page(request: HttpRequest, found: Batch) -> dict[str, object]:
    group, after = request.GET.get("show", ""), _number(request, "after")
    items, more = items_of(found, group, after)
    last = EVERY_POSITION if group or not items else items[-1].position
    return {**_around(request, found), "items": items, "more": more, "after": after, "last": last, "group": group}


def _around(request: HttpRequest, found: Batch) -> dict[str, object]:
    [progress] = progress_of([found])
    return {
        "batch": found,
        "progress": progress,
        "can_undo": progress.is_running and changing_course.can_undo(found),
        "can_retry": not progress.is_running and changing_course.can_retry(found),
        "poll_seconds": POLL_LIVE if progress.is_running else POLL_CALM,
        "cursor": timezone.now().isoformat(),
        **place_marks(inboxes_of(signed_in(request))),
    }


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(EVERY_POSITION)) else 0
