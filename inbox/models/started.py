from __future__ import annotations

import datetime
import uuid

from django.db import models
from django.db.models.functions import Left, Now
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from inbox.models.look import Look
from inbox.models.task import KIND_LENGTH
from inbox.started import words

# Somebody who looks wants to know where things are; Workday is asked at most this often for it.
FRESH_FOR = datetime.timedelta(minutes=3)
ANSWER_WITHIN = datetime.timedelta(seconds=20)
FAILURE_SHOWN_FOR = datetime.timedelta(seconds=30)


class StartedSync(Look):
    """How our mirror of what one connection's worker started in Workday stands."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="started_sync")

    def __str__(self) -> str:
        return f"started by {self.connection_id}"

    @property
    def is_stale(self) -> bool:
        return self.as_of is None or self.as_of < timezone.now() - FRESH_FOR


class StartedRequestQuerySet(models.QuerySet["StartedRequest"]):
    def of(self, user: User) -> StartedRequestQuerySet:
        """This person's own requests; nobody sees those of the integration system user."""
        mine = Connection.objects.filter(user=user).exclude(state=Connection.State.DISCONNECTED)
        return self.filter(connection__in=mine)


class StartedRequest(models.Model):
    """Our mirror of one business process that a connection's worker started: where it is, and how it got there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="started_requests")
    # The business process event's id at Workday.
    wid = models.CharField(max_length=100)
    title = models.CharField(max_length=500, blank=True)
    kind = models.GeneratedField(
        expression=Left(
            models.Func(models.F("title"), models.Value(":"), models.Value(1), function="split_part"), KIND_LENGTH
        ),
        output_field=models.CharField(max_length=KIND_LENGTH),
        db_persist=True,
    )
    about = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=200, blank=True)
    started_on = models.DateField(null=True)
    completed_on = models.DateField(null=True)
    effective_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    # Null while it is under way. Where Workday tells no day, the one on which it was first seen to be over.
    ended_on = models.DateField(null=True)
    # Workday does not list it any more, and does not say why.
    is_gone = models.BooleanField(default=False)

    # With whom it is: steps of title, people, since, due_on and is_anonymous, as `inbox.started.steps` writes them.
    waiting = models.JSONField(default=list)
    # The same as words for the search.
    waiting_words = models.TextField(blank=True)
    waits_for_owner = models.BooleanField(default=False)
    waiting_as_of = models.DateTimeField(null=True)
    waiting_failure = models.CharField(max_length=300, blank=True)

    # What was done and what comes next, asked for when somebody opens the request.
    done = models.JSONField(default=list)
    planned = models.JSONField(default=list)
    # Of "waiting", "done" and "planned", those that Workday does not let this person read.
    untold = models.JSONField(default=list)
    detail_asked_at = models.DateTimeField(null=True)
    detail_as_of = models.DateTimeField(null=True)
    detail_failed_at = models.DateTimeField(null=True)
    detail_failure = models.CharField(max_length=300, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now())

    objects = StartedRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "wid"], name="started_request_once_per_connection"),
        ]
        indexes = [
            models.Index(
                "connection",
                models.F("started_on").desc(nulls_last=True),
                models.F("id").desc(),
                name="started_request_newest",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.ended_on is None

    @property
    def label(self) -> str:
        return words.label(self)

    @property
    def detail(self) -> str:
        return words.detail(self)

    @property
    def tone(self) -> str:
        return words.tone(self)

    @property
    def is_detail_pending(self) -> bool:
        """Whether its steps were asked for, lately enough to be waited for, and have neither come nor failed."""
        if self.detail_asked_at is None or self.detail_asked_at < timezone.now() - ANSWER_WITHIN:
            return False
        return all(told is None or told < self.detail_asked_at for told in (self.detail_as_of, self.detail_failed_at))

    @property
    def is_detail_worth_asking(self) -> bool:
        """Whether the steps should be read again: they are old, could not be had a while ago, or never came."""
        if self.is_detail_pending or self._failed_just_now():
            return False
        if self.detail_as_of is None:
            return True
        # What is over stays as it is, if it was over when its steps were read.
        if self.ended_on is not None and self.ended_on < self.detail_as_of.date():
            return False
        return self.detail_as_of < timezone.now() - FRESH_FOR

    def _failed_just_now(self) -> bool:
        return self.detail_failed_at is not None and self.detail_failed_at > timezone.now() - FAILURE_SHOWN_FOR
