"""Keeping a connection's tokens: sealed to the connection, its person, its tenant's origins and its generation."""

from __future__ import annotations

import datetime

from django.utils import timezone

from connections import vault
from connections.models import Connection
from workday.oauth import Grant
from workday.origins import origin_of
from workday.secret import Secret

# Workday may leave `expires_in` out; sixty minutes is what its own tick box enforces.
ASSUMED_SECONDS = 3600
# A token is renewed a minute before its end; a short-lived one later, or it would be renewed at every call.
MARGIN_SECONDS = 60
FIELDS = (
    "access_token_box",
    "refresh_token_box",
    "access_expires_at",
    "generation",
    "refresh_intent_at",
    "refresh_token_at",
)


def keep(connection: Connection, grant: Grant, refresh_token: Secret | None) -> None:
    """Put a grant into the connection's fields (FIELDS; the caller saves), as its next generation.

    `refresh_token` is the one to keep when the grant brought no new one.
    """
    connection.generation += 1
    newest = grant.refresh_token or refresh_token
    connection.access_token_box = vault.seal(grant.access_token, binding(connection, "access"))
    connection.refresh_token_box = vault.seal(newest, binding(connection, "refresh")) if newest else None
    lifetime = grant.expires_in or ASSUMED_SECONDS
    margin = min(MARGIN_SECONDS, lifetime / 4)
    connection.access_expires_at = timezone.now() + datetime.timedelta(seconds=lifetime - margin)
    connection.refresh_intent_at = None
    if grant.refresh_token and grant.refresh_token != refresh_token:
        # The same token given again is not known to live any longer at Workday.
        connection.refresh_token_at = timezone.now()


def forget(connection: Connection) -> None:
    """Erase the tokens from the connection's fields; the caller saves."""
    connection.access_token_box = connection.refresh_token_box = None
    connection.access_expires_at = connection.refresh_intent_at = connection.refresh_token_at = None
    connection.generation += 1


def access_token(connection: Connection) -> Secret | None:
    """Raises vault.Sealed when the stored token does not belong here (any more)."""
    return _opened(connection, "access", connection.access_token_box)


def refresh_token(connection: Connection) -> Secret | None:
    """Raises vault.Sealed when the stored token does not belong here (any more)."""
    return _opened(connection, "refresh", connection.refresh_token_box)


def _opened(connection: Connection, purpose: str, box: bytes | memoryview | None) -> Secret | None:
    return vault.open_box(box, binding(connection, purpose)) if box else None


def binding(connection: Connection, purpose: str) -> vault.Binding:
    """What a token of this connection is sealed to; `purpose` is "access" or "refresh"."""
    tenant = connection.tenant
    return vault.Binding(
        purpose,
        tenant.pk,
        f"{origin_of(tenant.token_endpoint)} {origin_of(tenant.rest_endpoint)}",
        connection.user_id,
        connection.pk,
        connection.generation,
    )
