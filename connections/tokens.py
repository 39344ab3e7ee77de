"""An access token that works, renewed when it has to be."""

from __future__ import annotations

import time

from django.db import InterfaceError, InternalError, OperationalError

from connections import grants, health, intents, vault
from connections.models import Connection
from connections.renewal import Renewal, stored
from connections.token_errors import NeedsReconnect, TenantTrouble, TokenError, Weather
from workday.secret import Secret

__all__ = ["NeedsReconnect", "TenantTrouble", "TokenError", "Weather", "bearer", "look_again", "renew"]

PATIENCE_SECONDS = 2.0


def bearer(connection: Connection, *, rejected: Secret | None = None) -> Secret:
    """The connection's access token, renewed when it is about to end or when it is `rejected`.

    Needs `connection.tenant`; reads the database only when a refresh is needed. `rejected` is a token that Workday
    answered with 401: the stored one is renewed only if it is still that one, so many callers cause one refresh.
    Raises NeedsReconnect, TenantTrouble or Weather.
    """
    token = stored(connection, rejected)
    if token is not None:
        return token
    try:
        outcome = _renewed(connection, rejected)
    except (OperationalError, InterfaceError, InternalError):
        # The last is how PostgreSQL tells a process that was frozen that its transaction is no more.
        outcome = Weather("The database was busy.")
    if isinstance(outcome, TokenError):
        raise outcome
    return outcome


def renew(connection: Connection) -> Secret:
    """A new access token although the stored one may be good still: a server that rotates gives a new refresh token.

    Where somebody else has just renewed it, that is enough. Needs and raises what `bearer` does.
    """
    try:
        kept = grants.access_token(connection)
    except vault.Sealed:
        kept = None
    return bearer(connection, rejected=kept)


def look_again(connection: Connection) -> None:
    """Read the connection afresh: it may have been ended since, and then nothing more is to be asked in its name.

    Raises NeedsReconnect.
    """
    connection.refresh_from_db(fields=["worker_wid", *health.STATE_FIELDS, *grants.FIELDS])
    stored(connection, None)


def _renewed(connection: Connection, rejected: Secret | None) -> Secret | TokenError:
    """Until this caller or another has renewed the token, or it is clear that nobody may for now."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        outcome = Renewal(connection, rejected, is_ours=intents.write(connection)).run()
        if outcome is not None:
            return outcome
        seconds = intents.seconds_left(connection)
        if seconds and time.monotonic() > until:
            return Weather("This connection is just being renewed.", retry_after=seconds)
        time.sleep(0.05)
