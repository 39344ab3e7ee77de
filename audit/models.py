from __future__ import annotations

import uuid
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One thing that happened, said once and never changed.

    People, tenants and subjects are plain ids, not foreign keys: the record outlives what it speaks of. Triggers
    refuse UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.UUIDField(null=True)
    tenant = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    subject = models.UUIDField(null=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_by_subject"),
            models.Index(fields=["tenant", "id"], name="audit_by_tenant"),
            # Alarms about what is sealed are few, and the operations page asks for them each time.
            models.Index(fields=["-id"], condition=models.Q(verb="vault.refused"), name="audit_vault_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


def record(
    verb: str,
    *,
    actor: uuid.UUID | None = None,
    tenant: uuid.UUID | None = None,
    subject: uuid.UUID | None = None,
    **data: Any,
) -> Event:
    """Write one event. Call it inside the transaction of the change it tells of, so that both stand or fall.

    `data` must hold no secret and no text of a task: ids, states and reasons only.
    """
    return Event.objects.create(verb=verb, actor=actor, tenant=tenant, subject=subject, data=data)
