from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from inbox.models.decision import Decision, from_now


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

    @classmethod
    def begin(cls, decision: Decision, number: int, seconds: float) -> Attempt:
        """Write down that a send is about to begin, which must end within `seconds`."""
        return cls.objects.create(decision=decision, number=number, fence=decision.fence, deadline_at=from_now(seconds))

    def end(self, outcome: Outcome, status: int | None, code: str = "") -> None:
        self.outcome, self.status, self.code = outcome, status, code[:20]
        Attempt.objects.filter(pk=self.pk).update(outcome=outcome, status=status, code=self.code, ended_at=Now())

    @property
    def was_answered(self) -> bool:
        """Whether Workday itself judged and turned down this attempt, so that nothing more can come of it."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in (401, 408, 429)

    @property
    def could_have_landed(self) -> bool:
        """Whether its bytes may have reached Workday and been acted on, whatever reads said since."""
        turned_away = self.status in (401, 429) or self.code in ("not-sent", "token")
        return not (self.was_answered or turned_away)

    def seconds_until_provable(self) -> float:
        """Seconds until a read can prove that this attempt was not applied; 0 or less when it can by now."""
        left = ExpressionWrapper(F("deadline_at") - Now(), output_field=DurationField())
        remaining: datetime.timedelta = (
            Attempt.objects.annotate(left=left).values_list("left", flat=True).get(pk=self.pk)
        )
        return 0.0 if self.was_answered else remaining.total_seconds() + settings.GRACE_SECONDS
