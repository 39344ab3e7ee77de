from __future__ import annotations

import uuid

from django.db import models

from connections.models import Tenant


class Lane(models.Model):
    """The way to one tenant: at most one drainer at a time, and the pace that the tenant asked for.

    The drainer's lease is judged by the database clock alone; a worker's own clock may be wrong.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="lane")
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # After a 429 or 503 nothing is sent to this tenant until then; other tenants go on.
    paused_until = models.DateTimeField(null=True)
    pauses = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"lane of {self.tenant_id}"

    @staticmethod
    def new_owner() -> uuid.UUID:
        return uuid.uuid4()
