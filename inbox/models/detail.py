from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models

from inbox.models.asked import Asked
from inbox.models.task import InboxTask


class TaskDetail(Asked):
    """What Workday told of one task, fetched when a person opened it and erased when nobody needs it any more."""

    # Long enough to read and think about one task, short enough that what is decided on is still so.
    FRESH_FOR: ClassVar = datetime.timedelta(minutes=5)
    ANSWER_WITHIN: ClassVar = datetime.timedelta(seconds=40)

    task = models.OneToOneField(InboxTask, models.CASCADE, primary_key=True, related_name="detail")
    # When the newest answer that is kept was asked for; a later failure leaves it in place.
    as_of = models.DateTimeField(null=True)
    content = models.JSONField(default=dict)
    # Its words on one line, for searching.
    text = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"detail of {self.task_id}"
