from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from inbox.models.decision import Decision


class Attempt(models.Model):
    """One try to carry a decision out at Workday, written before its first byte leaves."""

    class Outcome(models.TextChoices):
        UNKNOWN = "unknown", "Outcome unknown"
        APPLIED = "applied", "Applied"
        NOT_APPLIED = "not_applied", "Proven not applied"

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    fence = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    # Until then Workday may still be acting on it, so no read before this moment proves that it was not applied.
    deadline_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.UNKNOWN)

    class Meta:
        ordering = ["number"]
        constraints = [
            # Two rows with one number would be two sends that know nothing of each other.
            models.UniqueConstraint(fields=["decision", "number"], name="attempt_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.decision_id}"
