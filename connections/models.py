from __future__ import annotations

import secrets
import uuid
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import User


def new_tenant_key() -> str:
    """A name for the tenant's own redirect path that tells nothing about the customer."""
    return secrets.token_hex(8)


class Tenant(models.Model):
    """One Workday tenant and the API client that its administrator registered there."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", "Production"
        SANDBOX = "sandbox", "Sandbox"
        PREVIEW = "preview", "Preview"
        IMPLEMENTATION = "implementation", "Implementation"

    class DecideBy(models.TextChoices):
        BUSINESS_PROCESS = "business_process", "businessProcess service (approve, reject, send back)"
        INBOX_TASK = "inbox_task", "classic inbox service (approve and reject only)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=40, unique=True, default=new_tenant_key)
    name = models.CharField("connection name", max_length=80, unique=True)
    environment = models.CharField(max_length=20, choices=Environment.choices)
    rest_endpoint = models.CharField("Workday REST API endpoint", max_length=300)
    authorization_endpoint = models.CharField(max_length=300)
    token_endpoint = models.CharField(max_length=300)
    client_id = models.CharField("client ID", max_length=200)
    client_secret_box = models.BinaryField(null=True)
    # Counts the secrets this tenant has had; part of what the ciphertext is bound to.
    secret_generation = models.PositiveIntegerField(default=0)
    # Older API clients were registered with the plain /oauth/callback and allow exactly one redirect URL.
    shared_callback = models.BooleanField(default=False)
    decide_by = models.CharField(max_length=20, choices=DecideBy.choices, default=DecideBy.BUSINESS_PROCESS)
    # Why nobody's token can be had or renewed, for example a client secret that Workday no longer accepts.
    trouble = models.CharField(max_length=200, blank=True)
    trouble_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def redirect_uri(self) -> str:
        """The one redirect URL to register in Workday, byte for byte what every request will carry."""
        path = (
            reverse("connections:callback")
            if self.shared_callback
            else reverse("connections:callback", args=[self.key])
        )
        return f"{settings.PUBLIC_URL}{path}"

    @property
    def home_url(self) -> str:
        """Workday's own page for this tenant; no REST call gives a deep link to one task."""
        parts = urlsplit(self.authorization_endpoint)
        return f"{parts.scheme}://{parts.netloc}/{parts.path.split('/')[1]}/d/home.htmld"

    @property
    def is_production(self) -> bool:
        return self.environment == self.Environment.PRODUCTION


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

    class State(models.TextChoices):
        HEALTHY = "healthy", "Healthy"
        TROUBLED = "troubled", "Temporarily not reachable"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
        DISABLED = "disabled", "Disabled by an administrator"
        DISCONNECTED = "disconnected", "Disconnected"

    USABLE: ClassVar = (State.HEALTHY, State.TROUBLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="connections")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="connections")
    worker_wid = models.CharField(max_length=32, blank=True)
    worker_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.HEALTHY)
    state_since = models.DateTimeField(db_default=Now())
    state_reason = models.CharField(max_length=300, blank=True)
    access_token_box = models.BinaryField(null=True)
    refresh_token_box = models.BinaryField(null=True)
    access_expires_at = models.DateTimeField(null=True)
    # Rises with every stored grant; a refresh that finds it moved uses the newer token.
    generation = models.PositiveIntegerField(default=0)
    refresh_intent_at = models.DateTimeField(null=True)
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


class OAuthState(models.Model):
    """One authorization request under way; the callback consumes it with a single DELETE ... RETURNING.

    Only the digest of the 256-bit state value is stored, so that reading this table starts no attack.
    """

    state_digest = models.BinaryField(primary_key=True, max_length=32)
    user = models.ForeignKey(User, models.CASCADE)
    # HMAC of the session key: the browser session that began must be the one that comes back (RFC 9700 section 4.7).
    session_mac = models.BinaryField(max_length=32)
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    code_verifier = models.CharField(max_length=128)
    redirect_uri = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"authorization request of {self.user_id} at {self.tenant_id}"


class KeyCheck(models.Model):
    """Proof of a key of the ring: a known text sealed with it, so that a wrong key is found before it is used."""

    key_id = models.CharField(max_length=4, primary_key=True)
    box = models.BinaryField()

    def __str__(self) -> str:
        return self.key_id
