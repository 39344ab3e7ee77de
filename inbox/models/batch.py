from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from inbox.models.decision import Decision
from inbox.models.task import InboxTask
from inbox.states import Action


class BatchQuerySet(models.QuerySet["Batch"]):
    def of(self, user: User) -> BatchQuerySet:
        return self.filter(user=user)

    def drafts(self) -> BatchQuerySet:
        return self.filter(confirmed_at=None)

    def unfinished(self) -> BatchQuerySet:
        """Confirmed, and not every item has become a decision or was left out yet."""
        return self.filter(confirmed_at__isnull=False, expanded_at=None)


class Batch(models.Model):
    """One person's wish to approve or reject many tasks at once: a draft until it is confirmed, then never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="batches")
    action = models.CharField(max_length=10, choices=[(Action.APPROVE, "Approve"), (Action.REJECT, "Reject")])
    comment = models.TextField(blank=True)
    # The part of the inbox's address that the tasks were chosen by; empty when they were chosen one by one.
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    # When the last item had become a decision or was left out.
    expanded_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-confirmed_at"], name="batch_newest"),
            # The sweeper asks every few seconds, and hardly any row is ever among these.
            models.Index(
                fields=["confirmed_at"],
                condition=Q(confirmed_at__isnull=False, expanded_at=None),
                name="batch_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.confirmed_at is None

    @property
    def is_rejection(self) -> bool:
        return self.action == Action.REJECT


class BatchItemQuerySet(models.QuerySet["BatchItem"]):
    def pending(self) -> BatchItemQuerySet:
        """Neither a decision nor left out yet."""
        return self.filter(decision=None, skipped="")


class BatchItem(models.Model):
    """One task of a batch. Its id is the nonce of its decision, so that it can become one only once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items")
    task = models.ForeignKey(InboxTask, models.CASCADE, related_name="batch_items")
    position = models.PositiveIntegerField()
    # Ties it to the facts that the summary showed (`facts.fingerprint`).
    seen = models.CharField(max_length=64)
    decision = models.OneToOneField(Decision, models.CASCADE, null=True, related_name="batch_item")
    # Why it was left out, in words for the person.
    skipped = models.CharField(max_length=400, blank=True)
    handled_at = models.DateTimeField(null=True)

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "task"], name="batch_item_once"),
            models.CheckConstraint(condition=Q(decision=None) | Q(skipped=""), name="batch_item_decided_or_left_out"),
        ]
        indexes = [models.Index(fields=["batch", "position"], name="batch_item_in_order")]

    def __str__(self) -> str:
        return f"{self.position} of {self.batch_id}"
