from __future__ import annotations

import secrets
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
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
    # An authorization server that names itself in every answer (RFC 9207); an answer without its name is then refused.
    iss_required = models.BooleanField(default=False)
    # Workday's "Refresh Token Timeout (in days)"; empty where refresh tokens do not expire.
    refresh_token_days = models.PositiveSmallIntegerField(null=True, blank=True)
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


class TenantChange(models.Model):
    """A change of a tenant's addresses or API client that waits for a second administrator.

    Whoever can repoint a tenant could harvest what is sent there, so where there are two administrators, both agree.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="pending_change")
    # The wanted values of the tenant's editable fields, by name.
    values = models.JSONField()
    # Sealed as if the change were made: to the wanted token endpoint and the next generation.
    client_secret_box = models.BinaryField()
    asked_by = models.ForeignKey(User, models.CASCADE)
    asked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"change of {self.tenant} asked by {self.asked_by}"


class TenantCheck(models.Model):
    """One check-up of a tenant: what was found, in fixed words, and who asked for it."""

    # A removed tenant's check-ups still count against whoever asked for them.
    tenant = models.ForeignKey(Tenant, models.SET_NULL, null=True, related_name="checks")
    # Nobody where it was asked for on the command line.
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True)
    at = models.DateTimeField(db_default=Now())
    # A list of {"check": name, "verdict": name, "data": {...}}; the words are made when it is shown.
    findings = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-at"], name="tenant_check_newest")]

    def __str__(self) -> str:
        return f"check-up of {self.tenant_id} at {self.at}"
