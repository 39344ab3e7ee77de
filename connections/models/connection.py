from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from connections.models.tenant import Tenant


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def of(self, user: User) -> ConnectionQuerySet:
        """The connections this person may see and act through: their own, and for administrators the ISU's."""
        mine = Q(kind=Connection.Kind.PERSON, user=user)
        return self.filter(mine | Q(kind=Connection.Kind.ISU) if user.is_administrator else mine)

    def usable(self) -> ConnectionQuerySet:
        """Those that may be used now; a person who was deactivated has none."""
        return self.filter(Q(user=None) | Q(user__is_active=True), state__in=Connection.USABLE)


class Connection(models.Model):
    """One grant at one tenant: of a person (authorization code) or of the integration system user (ISU)."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        ISU = "isu", "Integration system user"

    class Grant(models.TextChoices):
        AUTHORIZATION_CODE = "authorization_code", "Authorization code"
        REFRESH_TOKEN = "refresh_token", "Refresh token made in Workday"
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials"

    class State(models.TextChoices):
        HEALTHY = "healthy", "Healthy"
        TROUBLED = "troubled", "Temporarily not reachable"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
        DISABLED = "disabled", "Disabled by an administrator"
        DISCONNECTED = "disconnected", "Disconnected"

    USABLE: ClassVar = (State.HEALTHY, State.TROUBLED)
    # Erased on purpose: nothing is stored, and nothing can be ended any more.
    ENDED: ClassVar = (State.DISABLED, State.DISCONNECTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="connections")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    grant = models.CharField(max_length=20, choices=Grant.choices, default=Grant.AUTHORIZATION_CODE)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="connections")
    worker_wid = models.CharField(max_length=32, blank=True)
    worker_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.HEALTHY)
    state_since = models.DateTimeField(db_default=Now())
    state_reason = models.CharField(max_length=300, blank=True)
    access_token_box = models.BinaryField(null=True)
    refresh_token_box = models.BinaryField(null=True)
    # From when on the access token is no longer used: a margin before its end at Workday.
    access_expires_at = models.DateTimeField(null=True)
    # Rises with every stored grant; a refresh that finds it moved uses the newer token.
    generation = models.PositiveIntegerField(default=0)
    refresh_intent_at = models.DateTimeField(null=True)
    # When Workday gave the refresh token that is stored; the tenant's refresh token timeout counts from here.
    refresh_token_at = models.DateTimeField(null=True)
    # When its person was last told that this refresh token is about to end.
    reminded_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            # A person's grant without a person could be used by anybody.
            models.CheckConstraint(
                condition=Q(kind="person", user__isnull=False) | Q(kind="isu", user__isnull=True),
                name="connection_person_has_user",
            ),
            # Only a person's own consent gives a grant that acts as them; an administrator gives the ISU's.
            models.CheckConstraint(
                condition=Q(kind="person", grant="authorization_code") | Q(kind="isu") & ~Q(grant="authorization_code"),
                name="connection_grant_fits_kind",
            ),
            # Reconnecting keeps the connection, so one person never holds two grants at one tenant.
            models.UniqueConstraint(
                fields=["tenant", "user"], condition=Q(kind="person"), name="connection_one_per_user"
            ),
            models.UniqueConstraint(fields=["tenant"], condition=Q(kind="isu"), name="connection_one_isu"),
            # One Workday worker is one person here; a second account cannot attach somebody else's worker.
            models.UniqueConstraint(
                fields=["tenant", "worker_wid"],
                condition=Q(kind="person") & ~Q(state="disconnected") & ~Q(worker_wid=""),
                name="connection_one_per_worker",
            ),
            # Lets other tables prove by foreign key that connection and tenant belong together.
            models.UniqueConstraint(fields=["id", "tenant"], name="connection_with_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_name or self.get_kind_display()} at {self.tenant}"

    @property
    def is_usable(self) -> bool:
        return self.state in self.USABLE

    @property
    def is_isu(self) -> bool:
        return self.kind == self.Kind.ISU

    def serves(self, user: User) -> bool:
        """Whether this person may act through it: `ConnectionQuerySet.of`, asked of one row."""
        return user.is_administrator if self.is_isu else self.user_id == user.pk
