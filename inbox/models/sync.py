from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from connections.models import Connection


class InboxSync(models.Model):
    """How our mirror of one connection's inbox stands: as of when, whether a fresh look was asked, what went wrong."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="inbox_sync")
    # When the newest complete listing was begun: everything Workday showed at that moment is in the mirror.
    as_of = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    # When somebody last had this inbox open; open inboxes are looked at every minute, closed ones seldom.
    watched_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, db_index=True)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"mirror of {self.connection_id}"

    @property
    def is_pending(self) -> bool:
        """Whether a look at Workday was asked for and has neither come back nor failed."""
        done = max(filter(None, (self.as_of, self.failed_at)), default=None)
        return self.asked_at is not None and (done is None or done < self.asked_at)

    @property
    def is_stale(self) -> bool:
        limit = timezone.now() - datetime.timedelta(seconds=settings.INBOX_FRESH_SECONDS)
        return self.as_of is None or self.as_of < limit

    @property
    def is_resting(self) -> bool:
        """Whether the last look failed and the pause after it is not over."""
        return bool(self.failure) and self.next_at is not None and self.next_at > timezone.now()
