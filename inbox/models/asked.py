from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Asked(models.Model):
    """Something about one task that only Workday knows: a person wants to know it, and the worker asks."""

    FRESH_FOR: ClassVar[datetime.timedelta]
    ANSWER_WITHIN: ClassVar[datetime.timedelta]
    FAILURE_SHOWN_FOR: ClassVar = datetime.timedelta(seconds=15)

    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def is_told(self) -> bool:
        return self.told_at is not None and self.told_at >= self.asked_at

    @property
    def is_awaited(self) -> bool:
        """Whether an answer may still come; after a while it was lost with its worker or hint."""
        return not self.is_told and self.asked_at > timezone.now() - self.ANSWER_WITHIN

    @property
    def is_worth_asking(self) -> bool:
        """Whether Workday should be asked again: the answer is old, failed a while ago, or never came."""
        if not self.is_told:
            return not self.is_awaited
        return self.asked_at < timezone.now() - (self.FAILURE_SHOWN_FOR if self.failure else self.FRESH_FOR)
