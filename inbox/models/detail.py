from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone

from inbox.models.task import InboxTask

# Long enough to read and think about one task, short enough that what is decided on is still so.
FRESH_FOR = datetime.timedelta(minutes=5)
FAILURE_SHOWN_FOR = datetime.timedelta(seconds=15)
ANSWER_WITHIN = datetime.timedelta(seconds=40)


class TaskDetail(models.Model):
    """What Workday told of one task, fetched when a person opened it and erased when nobody needs it any more."""

    task = models.OneToOneField(InboxTask, models.CASCADE, primary_key=True, related_name="detail")
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    # When the newest answer that is kept was asked for; a later failure leaves it in place.
    as_of = models.DateTimeField(null=True)
    content = models.JSONField(default=dict)
    # Its words on one line, for searching.
    text = models.TextField(blank=True)
    failure = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"detail of {self.task_id}"

    @property
    def is_told(self) -> bool:
        return self.told_at is not None and self.told_at >= self.asked_at

    @property
    def is_awaited(self) -> bool:
        """Whether an answer may still come; after a while it was lost with its worker or hint."""
        return not self.is_told and self.asked_at > timezone.now() - ANSWER_WITHIN

    @property
    def is_worth_asking(self) -> bool:
        """Whether Workday should be asked again: the answer is old, failed a while ago, or never came."""
        if not self.is_told:
            return not self.is_awaited
        return self.asked_at < timezone.now() - (FAILURE_SHOWN_FOR if self.failure else FRESH_FOR)
