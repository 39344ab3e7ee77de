from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from inbox.models.decision import from_now

# A listing that took longer than this has died with its worker.
RUN_SECONDS = 60.0


def idle() -> Q:
    """Rows of which no listing is under way."""
    return (
        Q(started_at=None)
        | Q(started_at__lte=F("as_of"))
        | Q(started_at__lte=F("failed_at"))
        | Q(started_at__lt=from_now(-RUN_SECONDS))
    )


class Look(models.Model):
    """How a mirror of something at Workday stands: as of when, whether a fresh look was asked, what went wrong."""

    # When the newest complete listing was begun: everything Workday showed at that moment is in the mirror.
    as_of = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        abstract = True

    @property
    def is_pending(self) -> bool:
        """Whether a look at Workday was asked for and has neither come back nor failed."""
        done = max(filter(None, (self.as_of, self.failed_at)), default=None)
        return self.asked_at is not None and (done is None or done < self.asked_at)

    @property
    def is_stale(self) -> bool:
        """Whether it is old enough to be looked at again when somebody wants to see it."""
        raise NotImplementedError

    @property
    def is_resting(self) -> bool:
        """Whether the last look failed and the pause after it is not over."""
        return bool(self.failure) and self.next_at is not None and self.next_at > timezone.now()
