from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from connections.models.tenant import Tenant


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
