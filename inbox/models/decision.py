from __future__ import annotations

import datetime
import logging
import uuid
from typing import Any

from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from audit.models import record
from connections import failpoints
from connections.models import Connection, Tenant
from inbox import words
from inbox.models.task import InboxTask
from inbox.states import FINAL, NEEDS_LOOK, WORKABLE, Action, State

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has taken this decision over; whatever this one still wanted to write must not be written."""


def from_now(seconds: float) -> CombinedExpression:
    """That many seconds from now by the database's clock, the only one that judges leases and deadlines."""
    return Now() + datetime.timedelta(seconds=seconds)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def of(self, user: User) -> DecisionQuerySet:
        return self.filter(user=user)

    def live(self) -> DecisionQuerySet:
        return self.exclude(state__in=FINAL)

    def due(self) -> DecisionQuerySet:
        return self.filter(state__in=WORKABLE, next_at__lte=Now())


class Decision(models.Model):
    """One person's wish to approve, reject, send back or finish one task, with its life story.

    The row is the queue. Each method named `mark_...` is one edge of `states.EDGES`, taken only while this worker's
    fence is still the row's, together with its audit event; the database's trigger refuses every other edge.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="decisions")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="decisions")
    user = models.ForeignKey(User, models.PROTECT, related_name="decisions")
    task = models.ForeignKey(InboxTask, models.PROTECT, related_name="decisions")
    task_wid = models.CharField(max_length=100)
    # The Workday worker in whose name this was decided; after a reconnect only the same one may carry it out.
    worker_wid = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=10, choices=Action.choices)
    comment = models.TextField()
    send_back_to = models.CharField(max_length=100, blank=True)
    # The facts as the person saw them, and where Workday's were different in the end, as they are there.
    shown = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    # One per rendered form, so that a double click or a resubmitted page finds its first row.
    nonce = models.UUIDField(unique=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    fence = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    open_reads = models.PositiveIntegerField(default=0)
    uncertain_since = models.DateTimeField(null=True)

    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two live wishes for one task could send both approve and reject; the second click must find the first.
            models.UniqueConstraint(
                fields=["tenant", "task_wid"],
                condition=~Q(state__in=[str(state) for state in FINAL]),
                name="decision_one_live_per_task",
            ),
            # Workday requires a comment on every decision, so an empty one could only ever be refused there.
            models.CheckConstraint(condition=~Q(comment=""), name="decision_has_comment"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="decision_state_known"),
            models.CheckConstraint(
                condition=Q(action="send_back") ^ Q(send_back_to=""), name="decision_send_back_has_target"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_at"],
                condition=Q(state__in=[str(state) for state in WORKABLE]),
                name="decision_due",
            ),
            models.Index(fields=["user", "-updated_at"], name="decision_by_user"),
            models.Index(fields=["user", "-created_at", "-id"], name="decision_newest"),
            # Few of a person's decisions are ever among these, and every page counts them.
            models.Index(
                fields=["user"], condition=Q(state__in=[str(s) for s in NEEDS_LOOK]), name="decision_needs_look"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.task_wid}: {self.state}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def has_its_worker(self) -> bool:
        """Whether the connection still acts as the Workday worker in whose name this was decided."""
        return self.connection.worker_wid == self.worker_wid

    @property
    def words(self) -> str:
        return words.label(self)

    @property
    def detail(self) -> str:
        return words.detail(self)

    @property
    def tone(self) -> str:
        return words.tone(self)

    @property
    def can_undo(self) -> bool:
        return self.state == State.QUEUED and self.not_before > timezone.now()

    def move(self, to: State, *, seconds: float = 0.0, **changes: Any) -> None:
        """Take one edge, if this worker still holds the lease. `seconds` is how long until anybody looks again.

        Raises `LeaseLost` when the row has moved on under another fence.
        """
        held = Decision.objects.filter(pk=self.pk, fence=self.fence, state=self.state)
        with transaction.atomic(savepoint=False):
            moved = held.update(state=to, next_at=from_now(seconds), updated_at=Now(), **changes)
            if moved:
                self._record(f"decision.{to}", code=str(changes.get("reason_code", "")))
        if not moved:
            raise LeaseLost(str(self.pk))
        self._take(to, changes)

    def _record(self, verb: str, **data: str) -> None:
        record(verb, actor=self.user_id, tenant=self.tenant_id, subject=self.pk, before=self.state, **data)

    def _take(self, to: State, changes: dict[str, Any]) -> None:
        self.state = to
        for name, value in changes.items():
            if not isinstance(value, Combinable):
                setattr(self, name, value)

    def mark_waiting(self, seconds: float, code: str = "", reason: str = "") -> None:
        """Proven not applied: nothing is under way, and it is tried again after `seconds`."""
        failpoints.reach("wait-before")
        self.move(
            State.WAITING,
            seconds=seconds,
            tries=F("tries") + 1,
            open_reads=0,
            uncertain_since=None,
            reason_code=code,
            reason=reason,
        )
        failpoints.reach("wait-before-commit")

    def mark_uncertain(self, seconds: float, code: str = "") -> None:
        """Something was sent and no proof came back: from here only a read at Workday settles it."""
        self.move(State.UNCERTAIN, seconds=seconds, uncertain_since=Now(), open_reads=0, tries=0, reason_code=code)

    def mark_needs_reconnect(self, reason: str) -> None:
        self.move(State.NEEDS_RECONNECT, reason_code="reconnect", reason=reason)

    def mark_manual(self, seconds: float, code: str, reason: str) -> None:
        """Say that it cannot be confirmed, to the person and, by the log and their page, to the operators."""
        self.move(State.MANUAL, seconds=seconds, open_reads=0, reason_code=code, reason=reason)
        log.error("decision %s could not be confirmed (%s); it is on the operations page", self.pk, code)

    def mark_applied(self, decided_at: datetime.datetime | None = None) -> None:
        self._settle(State.APPLIED, decided_at=decided_at, reason_code="", reason="")

    def mark_already_decided(self, code: str, by: str, at: datetime.datetime | None) -> None:
        self._settle(State.ALREADY_DECIDED, reason_code=code, decided_by=by[:200], decided_at=at)

    def mark_changed(self, found: dict[str, str]) -> None:
        """The task is not what the person saw: nothing was sent, and they look again."""
        self._settle(State.CHANGED, found=found, reason_code="changed")

    def mark_refused(self, code: str, reason: str) -> None:
        self._settle(State.REFUSED, reason_code=code[:40], reason=reason[:400])

    def _settle(self, to: State, **changes: Any) -> None:
        """End here, and take the task out of the open list when Workday no longer awaits it."""
        with transaction.atomic():
            self.move(to, settled_at=Now(), **changes)
            if to in (State.APPLIED, State.ALREADY_DECIDED):
                InboxTask.objects.filter(pk=self.task_id, closed_at=None).update(closed_at=Now())
            failpoints.reach("settle-before-commit")

    def postpone(self, seconds: float, **changes: Any) -> None:
        """Stay in this state and give the lease back: look again after `seconds`."""
        failpoints.reach("postpone-before")
        held = Decision.objects.filter(pk=self.pk, fence=self.fence, state=self.state)
        if not held.update(next_at=from_now(seconds), tries=F("tries") + 1, **changes):
            raise LeaseLost(str(self.pk))
        failpoints.reach("postponed")

    def uncertain_for(self) -> float:
        """Seconds, by the database's clock, that this decision has been without proof."""
        elapsed = ExpressionWrapper(Now() - F("uncertain_since"), output_field=models.DurationField())
        row = Decision.objects.filter(pk=self.pk).annotate(elapsed=elapsed).values_list("elapsed", flat=True).get()
        return row.total_seconds() if row else 0.0

    def cancel(self) -> bool:
        """Undo, while nothing can have been sent; True when it came in time. Races a claim, and one of them wins."""
        early = Decision.objects.filter(pk=self.pk, state=State.QUEUED, not_before__gt=Now())
        with transaction.atomic():
            if not early.update(state=State.CANCELLED, updated_at=Now(), settled_at=Now()):
                return False
            self._record("decision.cancelled")
        return True
