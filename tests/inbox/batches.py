"""Choosing many tasks and confirming them, as a person does with the pages."""

from __future__ import annotations

import re
import uuid

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inbox.models import Batch, InboxTask

_WITHOUT = re.compile(r'name="without" value="([^"]+)"')


def choose(client: Client, *tasks: InboxTask, action: str = "approve", **more: str) -> Batch:
    """The draft that a click on Approve… or Reject… makes."""
    answer = client.post(reverse("inbox:bulk"), {"action": action, "task": [task.pk for task in tasks], **more})
    assert answer.status_code == 302, answer.content
    return Batch.objects.get(pk=uuid.UUID(answer["Location"].rsplit("/", 1)[-1]))


def page(client: Client, batch: Batch, **query: str) -> str:
    answer = client.get(reverse("inbox:batch", args=[batch.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client: Client, batch: Batch, comment: str = "") -> HttpResponse:
    """Press the button of the summary, with what its form holds at this moment."""
    return press(client, batch, page(client, batch), comment)


def press(client: Client, batch: Batch, summary: str, comment: str = "") -> HttpResponse:
    """Press the button of a summary that was shown some time ago."""
    form = {"comment": comment, "without": _WITHOUT.findall(summary)}
    answer = client.post(reverse("inbox:confirm_batch", args=[batch.pk]), form)
    assert isinstance(answer, HttpResponse)
    return answer
