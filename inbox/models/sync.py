from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from connections.models import Connection
from inbox.models.look import Look


class InboxSync(Look):
    """How our mirror of one connection's inbox stands."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="inbox_sync")
    # When somebody last had this inbox open; open inboxes are looked at every minute, closed ones seldom.
    watched_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"mirror of {self.connection_id}"

    @property
    def is_stale(self) -> bool:
        limit = timezone.now() - datetime.timedelta(seconds=settings.INBOX_FRESH_SECONDS)
        return self.as_of is None or self.as_of < limit
