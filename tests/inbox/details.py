"""What tests of a task's detail begin with: what Workday told of a task, or a task at the sandbox tenant."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from connections.models import Connection
from inbox.detail import fetching
from inbox.detail.content import Content, File
from inbox.models import InboxTask, TaskDetail
from inbox.sync import sync_inbox
from tests.sandbox.process import SandboxProcess

FILE = File("f" * 32, "receipts.csv", 12, "text/csv", "Sent by Ines", "Ines Ortega", "2026-11-02")


def told(task: InboxTask, **content: Any) -> TaskDetail:
    now = timezone.now()
    kept = Content(event="e" * 32, **content)
    return TaskDetail.objects.create(
        task=task, asked_at=now, told_at=now, as_of=now, content=kept.stored(), text=kept.words
    )


def mirrored(far: SandboxProcess, connection: Connection, kind: str) -> InboxTask:
    """A task of that kind of process, in our mirror."""
    wid = far.tasks("manager", kind=kind)[0]
    sync_inbox(connection.pk)
    return InboxTask.objects.select_related("connection__tenant").get(wid=wid)


def fetched(task: InboxTask) -> TaskDetail:
    """The detail after somebody opened the task and the worker asked Workday."""
    fetching.ask(task)
    fetching.fetch(task.pk)
    return TaskDetail.objects.get(task=task)


def content_of(task: InboxTask) -> Content:
    return Content.read(fetched(task).content)
