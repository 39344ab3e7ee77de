from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone

from inbox.models.task import InboxTask

# Long enough to type a reason, short enough that the process has hardly moved on meanwhile.
FRESH_FOR = datetime.timedelta(minutes=10)
FAILURE_SHOWN_FOR = datetime.timedelta(seconds=15)
ANSWER_WITHIN = datetime.timedelta(seconds=20)


class SendBackTargets(models.Model):
    """Where Workday lets one task be sent back to, asked for when a person wants to know."""

    task = models.OneToOneField(InboxTask, models.CASCADE, primary_key=True, related_name="send_back")
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    # Pairs of id and words; an empty list means that this step cannot be sent back.
    targets = models.JSONField(default=list)
    failure = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"send back targets of {self.task_id}"

    @property
    def is_told(self) -> bool:
        return self.told_at is not None and self.told_at >= self.asked_at

    @property
    def is_worth_asking(self) -> bool:
        """Whether Workday should be asked again: the answer is old, failed a while ago, or never came."""
        if not self.is_told:
            return self.asked_at < timezone.now() - ANSWER_WITHIN
        return self.asked_at < timezone.now() - (FAILURE_SHOWN_FOR if self.failure else FRESH_FOR)
