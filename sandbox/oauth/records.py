"""API clients, grants, codes and tokens. Secrets and tokens are kept as SHA-256 only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import time
from dataclasses import dataclass

KIND_USER = "authorization_code"
KIND_INTEGRATIONS = "integrations"
CODE_SECONDS = 600
_LETTERS = string.ascii_lowercase + string.digits


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def opaque(length: int = 25) -> str:
    """A new token: lower-case letters and digits, as access tokens of real tenants were seen to be."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


@dataclass(slots=True)
class Client:
    """An API client. The methods are what Authlib asks of a client (RFC 6749 sections 2 and 3)."""

    client_id: str
    secret_digest: str
    name: str
    redirect_uri: str
    kind: str = KIND_USER
    pkce: bool = False
    non_expiring: bool = False

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Any scope is accepted: Workday's scopes are functional areas that the client was registered with."""
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly one URI is registered; scheme, case and trailing slash count."""
        return bool(self.redirect_uri) and redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret_digest, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.kind == KIND_USER

    def check_grant_type(self, grant_type: str) -> bool:
        """A refresh token can be made for the ISU on either kind of client (Workday's own task does so)."""
        own = "authorization_code" if self.kind == KIND_USER else "client_credentials"
        return grant_type in {own, "refresh_token"}


@dataclass(slots=True)
class Grant:
    """What one person (or the ISU) allowed one client. `worker` is a WID; `isu` marks a pasted token's grant."""

    id: str
    client_id: str
    worker: str
    isu: bool = False
    revoked: bool = False


@dataclass(slots=True)
class AccessToken:
    """An access token; `expires_at` is in seconds since the epoch."""

    grant_id: str
    expires_at: float


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `expires_at` 0 means never. `replaced` marks one that was rotated away, at `replaced_at`."""

    grant_id: str
    client_id: str
    expires_at: float
    replaced: bool = False
    replaced_at: float = 0.0

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return ""


@dataclass(slots=True)
class Code:
    """An authorization code, single use; `grant_id` is what it gave when it was used."""

    client_id: str
    redirect_uri: str
    worker: str
    code_challenge: str
    expires_at: float
    grant_id: str = ""

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return ""


def expired(moment: float) -> bool:
    """Whether this moment (seconds since the epoch; 0 is never) has passed."""
    return bool(moment) and time.time() >= moment
