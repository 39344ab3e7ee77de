"""Keeping a connection's tokens: sealed to the connection, its person, its tenant's origins and its generation.

Each generation is also told to the audit record, which only ever grows. So a row that was put back to an older state,
tokens and generation together, is found out: see `connections.alarms`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from audit.models import Event, record
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
STORED = "connection.tokens_stored"
ERASED = "connection.tokens_erased"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the audit record says of a connection's newest tokens; `origin` is the one they were given for."""

    generation: int
    origin: str


def keep(connection: Connection, grant: Grant, refresh_token: Secret | None) -> None:
    """Put a grant into the connection's fields (FIELDS), as its next generation; the caller saves, in one transaction.

    `refresh_token` is the one to keep when the grant brought no new one.
    """
    connection.generation = _next_generation(connection)
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
    tell(connection, STORED)


def forget(connection: Connection) -> None:
    """Erase the tokens from the connection's fields (FIELDS); the caller saves, in one transaction."""
    connection.access_token_box = connection.refresh_token_box = None
    connection.access_expires_at = connection.refresh_intent_at = connection.refresh_token_at = None
    connection.generation = _next_generation(connection)
    tell(connection, ERASED)


def tell(connection: Connection, verb: str) -> None:
    """Write the connection's generation into the audit record."""
    record(
        verb,
        tenant=connection.tenant_id,
        subject=connection.pk,
        generation=connection.generation,
        origin=origin_of_tokens(connection),
    )


def recorded(connection: Connection) -> Recorded | None:
    """The newest generation that was recorded, which is also the highest; None before the first."""
    told = Event.objects.filter(subject=connection.pk, verb__in=(STORED, ERASED)).order_by("-id").first()
    return Recorded(told.data["generation"], told.data["origin"]) if told else None


def _next_generation(connection: Connection) -> int:
    """Above the record too, so that no generation comes twice and no box of an earlier one opens again."""
    last = recorded(connection)
    return max(connection.generation, last.generation if last else 0) + 1


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
    return vault.Binding(
        purpose,
        connection.tenant_id,
        origin_of_tokens(connection),
        connection.user_id,
        connection.pk,
        connection.generation,
    )


def origin_of_tokens(connection: Connection) -> str:
    """Where the tenant gives tokens out and where they are shown; with either changed, they were given for another."""
    tenant = connection.tenant
    return f"{origin_of(tenant.token_endpoint)} {origin_of(tenant.rest_endpoint)}"
