from __future__ import annotations

import datetime
import random
import uuid

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

from connections.models import Tenant
from inbox.models.decision import Decision, from_now
from inbox.outcomes import backoff
from inbox.states import WORKABLE

# Seconds: a tenant that names no time is tried once a minute, so that its end of trouble is soon noticed.
LONGEST_PAUSE = 60.0


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

    @classmethod
    def take(cls, tenant_id: uuid.UUID, seconds: float) -> uuid.UUID | None:
        """Become the tenant's drainer for `seconds`; None when there is one, or when the tenant is being spared."""
        owner = uuid.uuid4()
        free = Q(owner=None) | Q(lease_until__lte=Now())
        clear = Q(paused_until=None) | Q(paused_until__lte=Now())
        lane = cls.objects.filter(free, clear, tenant_id=tenant_id)
        if lane.update(owner=owner, lease_until=from_now(seconds)):
            return owner
        _, is_new = cls.objects.get_or_create(tenant_id=tenant_id)
        return cls.take(tenant_id, seconds) if is_new else None

    @classmethod
    def prolong(cls, tenant_id: uuid.UUID, owner: uuid.UUID, seconds: float) -> None:
        cls.objects.filter(tenant_id=tenant_id, owner=owner).update(lease_until=from_now(seconds))

    @classmethod
    def release(cls, tenant_id: uuid.UUID, owner: uuid.UUID) -> None:
        cls.objects.filter(tenant_id=tenant_id, owner=owner).update(owner=None, lease_until=None)

    @classmethod
    def is_clear(cls, tenant_id: uuid.UUID, owner: uuid.UUID) -> bool:
        """Whether this drainer still holds the lane and the tenant takes calls."""
        clear = Q(paused_until=None) | Q(paused_until__lte=Now())
        return cls.objects.filter(clear, tenant_id=tenant_id, owner=owner, lease_until__gt=Now()).exists()

    @classmethod
    def pause(cls, tenant_id: uuid.UUID, seconds: float | None) -> None:
        """Send nothing for `seconds`, or for a growing time with jitter when Workday named none.

        Calls that were under way together are turned away together: that is one sign of trouble, not several, so
        only the first of them lengthens the next pause.
        """
        lane = cls.objects.get(tenant_id=tenant_id)
        jitter = random.uniform(0.75, 1.25)  # noqa: S311  # spreads load, keeps no secret
        wait = seconds if seconds is not None else backoff(lane.pauses, cap=LONGEST_PAUSE) * jitter
        clear = Q(paused_until=None) | Q(paused_until__lte=Now())
        begun = cls.objects.filter(clear, tenant_id=tenant_id)
        if not begun.update(paused_until=from_now(wait), pauses=F("pauses") + 1) and seconds is not None:
            shorter = cls.objects.filter(tenant_id=tenant_id, paused_until__lt=from_now(seconds))
            shorter.update(paused_until=from_now(seconds))

    @classmethod
    def resume(cls, tenant_id: uuid.UUID) -> None:
        cls.objects.filter(tenant_id=tenant_id, pauses__gt=0).update(pauses=0)

    @classmethod
    def has_work(cls, tenant_id: uuid.UUID) -> bool:
        clear = Q(paused_until=None) | Q(paused_until__lte=Now())
        return (
            Decision.objects.filter(tenant_id=tenant_id).due().exists()
            and cls.objects.filter(clear, tenant_id=tenant_id).exists()
        )

    @classmethod
    def seconds_until_work(cls, tenant_id: uuid.UUID) -> float | None:
        """Seconds until the tenant's next decision falls due or its pause ends; None when there is nothing."""
        left = ExpressionWrapper(F("next_at") - Now(), output_field=DurationField())
        workable = Decision.objects.filter(tenant_id=tenant_id, state__in=WORKABLE)
        soonest: datetime.timedelta | None = (
            workable.annotate(left=left).order_by("next_at").values_list("left", flat=True).first()
        )
        if soonest is None:
            return None
        paused = cls.objects.filter(tenant_id=tenant_id).annotate(
            left=ExpressionWrapper(F("paused_until") - Now(), output_field=DurationField())
        )
        pause: datetime.timedelta = paused.values_list("left", flat=True).get() or datetime.timedelta()
        return max(soonest, pause, datetime.timedelta()).total_seconds()
