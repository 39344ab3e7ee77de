from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from inbox.models.task import InboxTask


class NoticeChoice(models.Model):
    """How one person wants to hear by mail of what waits for them. Without a row they hear nothing."""

    class How(models.TextChoices):
        OFF = "off", "No mails"
        AT_ONCE = "at_once", "When new tasks arrive"
        DAILY = "daily", "Once a day, whatever waits"

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="notice_choice")
    how = models.CharField(max_length=10, choices=How.choices, default=How.OFF)
    # Whole hours of the person's clock, 0 to 23. Equal hours mean that no hour is quiet.
    daily_at = models.PositiveSmallIntegerField("hour of the daily mail", default=8)
    quiet_from = models.PositiveSmallIntegerField(default=0)
    quiet_until = models.PositiveSmallIntegerField(default=0)
    kinds_off = models.JSONField(default=list)
    with_titles = models.BooleanField(default=False)
    # What the browser said when the choice was made; it counts for people whose profile names no zone.
    device_zone = models.CharField(max_length=64, blank=True)
    # What arrived, or fell due, before the choice was made is not told.
    chosen_at = models.DateTimeField(default=timezone.now)
    # When to look again whether there is something to tell; empty means now.
    next_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(daily_at__lt=24, quiet_from__lt=24, quiet_until__lt=24), name="notice_hours_of_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"notices of {self.user_id}: {self.how}"


class Notice(models.Model):
    """One task, or one day's summary, that a person was told of by mail; written before the mail leaves."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    task = models.ForeignKey(InboxTask, models.CASCADE, null=True, related_name="notices")
    day = models.DateField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(task=None, day__isnull=False) | Q(task__isnull=False, day=None),
                name="notice_of_task_or_day",
            ),
            # Two runs at once cannot both mean to tell the same thing.
            models.UniqueConstraint(fields=["user", "task"], condition=Q(day=None), name="notice_task_once"),
            models.UniqueConstraint(fields=["user", "day"], condition=Q(task=None), name="notice_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} told of {self.task_id or self.day}"
