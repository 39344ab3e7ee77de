from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from connections.models import Tenant
from inbox.states import WITH_REASON, Action

REASON_LENGTH = 300


class ReasonQuerySet(models.QuerySet["Reason"]):
    def offered_at(self, tenants: set[uuid.UUID]) -> ReasonQuerySet:
        """Those for everywhere and those of these tenants (by primary key), in the administrators' order."""
        return self.filter(Q(tenant=None) | Q(tenant__in=tenants))


class Reason(models.Model):
    """A comment that administrators made ready for others to choose."""

    text = models.CharField(max_length=REASON_LENGTH)
    action = models.CharField("for", max_length=10, choices=[(a, a.label) for a in WITH_REASON], default=Action.REJECT)
    # Without a tenant it is offered at all of them.
    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, blank=True, related_name="reasons")
    position = models.PositiveSmallIntegerField(default=0)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        ordering = ("position", "text", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "action", "text"],
                nulls_distinct=False,
                name="reason_once",
                violation_error_message="This reason is on the list already.",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reason_has_text"),
        ]

    def __str__(self) -> str:
        return self.text
