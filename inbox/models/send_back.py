from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models

from inbox.models.asked import Asked
from inbox.models.task import InboxTask


class SendBackTargets(Asked):
    """Where Workday lets one task be sent back to, asked for when a person wants to know."""

    # Long enough to type a reason, short enough that the process has hardly moved on meanwhile.
    FRESH_FOR: ClassVar = datetime.timedelta(minutes=10)
    ANSWER_WITHIN: ClassVar = datetime.timedelta(seconds=20)

    task = models.OneToOneField(InboxTask, models.CASCADE, primary_key=True, related_name="send_back")
    # Pairs of id and words; an empty list means that this step cannot be sent back.
    targets = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"send back targets of {self.task_id}"
