from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from accounts.guards import signed_in
from accounts.models import User
from audit.models import record
from inbox.detail import fetching, files
from inbox.detail.layout import sheet_of
from inbox.models import InboxTask, TaskDetail
from inbox.rows import row_of
from inbox.tasks import wake_detail

# What htmx asks for is told by the id of the element that it will replace.
BESIDE = "pane"
PARTS = {
    BESIDE: "inbox/task.html#beside",
    "facts": "inbox/task.html#facts",
    "pane-facts": "inbox/task.html#facts",
    "decide": "inbox/task.html#decide",
    "pane-decide": "inbox/task.html#decide",
}
DECIDED_AT = ("decide", "pane-decide")


@require_safe
def task(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """All that is known of one task, on a page of its own or beside the list; the worker asks Workday for the rest."""
    user = signed_in(request)
    found = _task_of(user, task_id)
    part = request.headers.get("HX-Target", "")
    template = PARTS.get(part, "inbox/task.html")
    detail = TaskDetail.objects.filter(task=found).first()
    if not template.endswith("#decide"):
        detail = _asked_for_if_need_be(found, detail)
    sheet = sheet_of(row_of(found, user), detail)
    around = {"place": "pane-", "level": 3} if part.startswith(BESIDE) else {"place": "", "level": 2}
    return render(request, template, {"sheet": sheet, "row": sheet.row, **around})


@require_GET
def attachment(request: HttpRequest, task_id: uuid.UUID, file_id: str) -> HttpResponse:
    """A file of the task as a download, never to be shown by the browser under our own origin."""
    user = signed_in(request)
    found = _task_of(user, task_id)
    file = files.listed(found, file_id)
    if file is None:
        return render(request, "404.html", status=404)
    try:
        content = files.content_of(found, file)
    except files.NotHad as reason:
        context = {"row": row_of(found, user), "reason": str(reason)}
        return render(request, "inbox/attachment.html", context, status=502)
    name = files.safe_name(file.name)
    tenant = found.connection.tenant_id
    record("attachment.downloaded", actor=user.pk, tenant=tenant, subject=found.pk, bytes=len(content))
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=files.type_of(name), headers=headers)


def answer_where_opened(request: HttpRequest, around: dict[str, Any], status: int) -> HttpResponse:
    """What a decision on an opened task is answered with; beside the list its row changes as well."""
    beside = request.headers.get("HX-Target", "").startswith(BESIDE)
    context = {**around, "place": "pane-" if beside else ""}
    answer = render(request, "inbox/task.html#answer", context, status=status)
    if beside and status == 200 and around["row"].is_live and signed_in(request).open_next:
        answer["HX-Trigger-After-Settle"] = "open-next"
    return answer


def _task_of(user: User, task_id: uuid.UUID) -> InboxTask:
    return get_object_or_404(InboxTask.objects.of(user).select_related("connection__tenant"), pk=task_id)


def _asked_for_if_need_be(task: InboxTask, known: TaskDetail | None) -> TaskDetail | None:
    if not fetching.can_be_had(task) or (known is not None and not known.is_worth_asking):
        return known
    asked = fetching.ask(task)
    wake_detail(task.pk)
    return asked
