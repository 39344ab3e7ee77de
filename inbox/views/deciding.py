from __future__ import annotations

import dataclasses
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import signed_in
from inbox import facts, kinds, send_back
from inbox.decisions import AlreadyUnderWay, NotDecidable, NotWhatWasSeen, decide
from inbox.filters import ISU, Filter
from inbox.forms import DecideForm, DoneForm, SendBackForm
from inbox.models import Decision, InboxTask, SendBackTargets
from inbox.reasons import filled_in, to_choose
from inbox.rows import Row, inboxes_of, of_whom, row_of
from inbox.states import Action
from inbox.tasks import wake_send_back
from inbox.views.page import head, place_marks
from inbox.views.task import DECIDED_AT, answer_where_opened


@require_POST
def decide_task(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Accept a decision: commit it, hint the worker, and show the row as it now stands."""
    user = signed_in(request)
    task = get_object_or_404(InboxTask.objects.of(user).select_related("connection__tenant"), pk=task_id)
    offered = to_choose(request.POST.get("action", ""), {task.connection.tenant_id})
    posted = filled_in(request.POST, offered)
    typed = posted.get("comment", "")
    form = DecideForm(posted)
    if not form.is_valid():
        problems = " ".join(str(e) for errors in form.errors.values() for e in errors)
        return _row_with_error(request, task, problems, typed)
    try:
        decide(user, task, form.wish())
    except (NotDecidable, NotWhatWasSeen, AlreadyUnderWay) as refusal:
        return _row_with_error(request, task, str(refusal), typed)
    return _row(request, task)


@require_POST
def finish_task(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Mark a To Do as done: a decision like any other, and on its way to Workday like any other."""
    user = signed_in(request)
    task = get_object_or_404(InboxTask.objects.of(user).select_related("connection__tenant"), pk=task_id)
    form = DoneForm(request.POST)
    if not form.is_valid():
        return _row_with_error(request, task, "This form is incomplete. Nothing was sent; reload the page.")
    try:
        decide(user, task, form.wish())
    except (NotDecidable, NotWhatWasSeen, AlreadyUnderWay) as refusal:
        return _row_with_error(request, task, str(refusal))
    return _row(request, task)


@require_POST
def undo(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Take a decision back while nothing can have been sent."""
    decision = get_object_or_404(
        Decision.objects.of(signed_in(request)).select_related("task__connection__tenant"), pk=decision_id
    )
    if decision.cancel():
        return _row(request, decision.task)
    return _row_with_error(request, decision.task, "Too late to undo: it is being sent to Workday.", status=409)


def _row(request: HttpRequest, task: InboxTask) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("inbox:list")
    task.refresh_from_db(fields=["closed_at"])
    return _rendered(request, row_of(task, signed_in(request)), 200)


def _row_with_error(
    request: HttpRequest, task: InboxTask, error: str, typed: str = "", status: int = 422
) -> HttpResponse:
    """The row again with the sentence beside its field and what was typed kept."""
    row = dataclasses.replace(
        row_of(task, signed_in(request)),
        error=error,
        typed=typed,
        opened=request.POST.get("action", ""),
    )
    return _rendered(request, row, status)


def _rendered(request: HttpRequest, row: Row, status: int) -> HttpResponse:
    user = signed_in(request)
    wanted = Filter(whose=ISU if row.task.connection.is_isu else "")
    inboxes = of_whom(inboxes_of(user), wanted.whose)
    template = "inbox/list.html#answer" if request.headers.get("HX-Request") else "inbox/one.html"
    around = {**head(user, inboxes, request.POST.get("loaded", "")), **place_marks(inboxes)}
    context = {"row": row, "filter": wanted, **around}
    if request.headers.get("HX-Target") in DECIDED_AT:
        return answer_where_opened(request, context, status)
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def send_task_back(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Ask where a task can go back to and send it there; Workday names the targets, the worker asks it."""
    user = signed_in(request)
    task = get_object_or_404(InboxTask.objects.of(user).select_related("connection__tenant"), pk=task_id)
    told = _targets_of(task)
    if told is None or not told.is_told or not told.targets:
        return render(request, "inbox/send_back.html", {"row": row_of(task, user), "told": told})
    offered = to_choose(Action.SEND_BACK, {task.connection.tenant_id})
    posted = filled_in(request.POST, offered) or None
    form = SendBackForm(told.targets, offered, posted, initial=_unused_form(task))
    if request.method == "POST" and form.is_valid():
        try:
            decide(user, task, form.wish())
            return redirect("inbox:list")
        except (NotDecidable, NotWhatWasSeen, AlreadyUnderWay) as refusal:
            form.add_error(None, str(refusal))
    context = {"row": row_of(task, user), "told": told, "form": form}
    return render(request, "inbox/send_back.html", context, status=422 if form.errors else 200)


def _targets_of(task: InboxTask) -> SendBackTargets | None:
    """What Workday said lately; None where sending back is out of the question, else asked for if need be."""
    if not send_back.is_possible(task) or task.closed_at or kinds.why_not(task):
        return None
    known = SendBackTargets.objects.filter(task=task).first()
    if known is None or known.is_worth_asking:
        known = send_back.ask(task)
        wake_send_back(task.pk)
    return known


def _unused_form(task: InboxTask) -> dict[str, object]:
    return {"nonce": uuid.uuid4(), "seen": facts.fingerprint(task)}
