from __future__ import annotations

import datetime
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Now
from django.utils import timezone

from accounts.models import User
from connections.models import Connection

# An entry of an index must stay well under three kilobytes, whatever Workday sends.
KIND_LENGTH = 120


class InboxTaskQuerySet(models.QuerySet["InboxTask"]):
    def of(self, user: User) -> InboxTaskQuerySet:
        """Every mirrored task this person may see: a stranger's id finds nothing."""
        return self.filter(connection__in=Connection.objects.of(user))

    def open(self) -> InboxTaskQuerySet:
        return self.filter(closed_at=None)


class InboxTask(models.Model):
    """Our mirror of one task in one connection's Workday inbox. Workday alone says what it is and who has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="inbox_tasks")
    # The inbox task's id at Workday, which is also the id of the business process event step.
    wid = models.CharField(max_length=100)
    title = models.CharField(max_length=500)
    subject = models.CharField(max_length=500, blank=True)
    process = models.CharField(max_length=500, blank=True)
    process_wid = models.CharField(max_length=100, blank=True)
    # What people sort their inbox by: "Absence Request" of "Absence Request: Ines Ortega". No call names it apart.
    kind = models.GeneratedField(
        expression=Left(
            models.Func(models.F("process"), models.Value(":"), models.Value(1), function="split_part"), KIND_LENGTH
        ),
        output_field=models.CharField(max_length=KIND_LENGTH),
        db_persist=True,
    )
    # The resource name in the process's href: timeOffRequest, businessTitleChanges, businessProcesses, ...
    process_resource = models.CharField(max_length=100, blank=True)
    step_type = models.CharField(max_length=200, blank=True)
    step_type_wid = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=200, blank=True)
    status_wid = models.CharField(max_length=100, blank=True)
    initiator = models.CharField(max_length=500, blank=True)
    assigned_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    objects = InboxTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "wid"], name="inbox_task_once_per_connection"),
            # Lets a decision prove by foreign key that its task is of its connection.
            models.UniqueConstraint(fields=["id", "connection"], name="inbox_task_with_connection"),
        ]
        indexes = [
            models.Index(
                "connection",
                models.F("assigned_at").desc(nulls_last=True),
                models.F("id").desc(),
                condition=Q(closed_at=None),
                name="inbox_task_open_newest",
            ),
            # Holds all that the counts beside the list are made of, so that they read no task.
            models.Index(
                "connection",
                "kind",
                "step_type",
                "due_on",
                condition=Q(closed_at=None),
                name="inbox_task_open_counts",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def is_due_today(self) -> bool:
        return self.due_on == timezone.localdate()

    @property
    def due_in(self) -> datetime.timedelta | None:
        return self.due_on - timezone.localdate() if self.due_on else None
