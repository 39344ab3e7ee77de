"""An access token that works, renewed when it has to be: one refresh at a time per connection, on all machines."""

from __future__ import annotations

import datetime
import time

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.db.models.functions import Now
from django.utils import timezone

from connections import clients, failpoints, grants, health, vault
from connections.models import Connection
from workday import oauth
from workday.errors import Answered, InvalidClient, InvalidGrant, NotSent, WorkdayError
from workday.oauth import Grant
from workday.secret import Secret

MARGIN_SECONDS = 60
# A waiter gives up a little after the holder's own ten-second deadline; a frozen holder loses its lock soon after.
LOCK_SECONDS = 12
FROZEN_SECONDS = 20
SAVE_AGAIN_SECONDS = 10.0


class TokenError(Exception):
    """No usable access token; `reason` is a plain sentence for people, `retry_after` is in seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class NeedsReconnect(TokenError):
    """Only the connection's own person can help, by connecting again."""


class TenantTrouble(TokenError):
    """Only the tenant's administrator can help; nobody is asked to reconnect."""


class Weather(TokenError):
    """Nobody has to do anything; trying again later can help."""


def bearer(connection: Connection, *, rejected: Secret | None = None) -> Secret:
    """The connection's access token, refreshed when it expires within a minute or when it is `rejected`.

    Needs `connection.tenant`; reads the database only when a refresh is needed. `rejected` is a token that Workday
    answered with 401: the stored one is renewed only if it is still that one, so many callers cause one refresh.
    Raises NeedsReconnect, TenantTrouble or Weather.
    """
    token = _stored(connection, rejected)
    if token is not None:
        return token
    try:
        outcome = _refreshed(connection, rejected, interrupted=_intend(connection))
    except (OperationalError, InterfaceError):
        outcome = Weather("The database was busy.")
    if isinstance(outcome, TokenError):
        raise outcome
    return outcome


def _stored(connection: Connection, rejected: Secret | None) -> Secret | None:
    if not connection.is_usable:
        raise NeedsReconnect(connection.state_reason or "This connection is not connected to Workday.")
    soon = timezone.now() + datetime.timedelta(seconds=MARGIN_SECONDS)
    if connection.access_expires_at is None or connection.access_expires_at <= soon:
        return None
    try:
        token = grants.access_token(connection)
    except vault.Sealed:
        # Whether that is for good is for the refresh to say, on a fresh row.
        return None
    return None if token == rejected else token


def _intend(connection: Connection) -> bool:
    """Commit that a refresh is about to be tried; True when an earlier try never told how it ended.

    After a crash between Workday's answer and our save, the old refresh token may be dead. This tells why.
    """
    started = Connection.objects.filter(pk=connection.pk, refresh_intent_at=None).update(refresh_intent_at=Now())
    failpoints.reach("refresh-intended")
    return not started


def _refreshed(connection: Connection, rejected: Secret | None, *, interrupted: bool) -> Secret | TokenError:
    """Lock, look again, refresh, save, and only then use. Failures are returned so that what they wrote commits."""
    fresh = connection
    try:
        with transaction.atomic():
            _limit_waiting()
            locked = Connection.objects.select_for_update(of=("self",)).select_related("tenant")
            fresh = locked.get(pk=connection.pk)
            generation = fresh.generation
            if fresh.worker_wid != connection.worker_wid:
                # Whoever loaded the row did so on behalf of the former worker, whose wishes these are.
                return NeedsReconnect("This connection acts as another Workday worker now.")
            outcome = _renewed(fresh, rejected, interrupted=interrupted)
    except (OperationalError, InterfaceError):
        if fresh is connection or fresh.generation == generation or not _saved_again(fresh, generation):
            raise
        outcome = grants.access_token(fresh) or Weather("The database was busy.")
    for name in (*grants.FIELDS, *health.STATE_FIELDS):
        setattr(connection, name, getattr(fresh, name))
    failpoints.reach("refresh-saved")
    return outcome


def _renewed(fresh: Connection, rejected: Secret | None, *, interrupted: bool) -> Secret | TokenError:
    try:
        token = _stored(fresh, rejected)
        return token if token is not None else _refresh(fresh)
    except InvalidGrant:
        reason = _LOST if interrupted else "Workday no longer accepts this connection."
    except vault.UnknownKey:
        return Weather("A key that these tokens are sealed with is missing here.")
    except vault.Sealed:
        reason = "The stored tokens do not belong to the tenant's present addresses."
    except TokenError as error:
        return error
    except WorkdayError as error:
        return _passing(fresh, error)
    health.need_reconnect(fresh, reason)
    return NeedsReconnect(reason)


_LOST = "The connection was interrupted while it was being renewed, and Workday now refuses the old token."


def _refresh(fresh: Connection) -> Secret:
    kept = grants.refresh_token(fresh)
    if kept is None:
        reason = "The access ended and Workday gave no means to renew it."
        health.need_reconnect(fresh, reason)
        raise NeedsReconnect(reason)
    try:
        client = clients.api_client(fresh.tenant)
        with clients.new_session() as session:
            grant = oauth.refresh(session, client, kept)
    except InvalidClient:
        raise _tenant_trouble(fresh, "Workday does not accept the API client's ID or secret.") from None
    except vault.UnknownKey:
        raise Weather("A key that the client secret is sealed with is missing here.") from None
    except vault.Sealed:
        raise _tenant_trouble(fresh, "The client secret has to be entered again.") from None
    failpoints.reach("refresh-answered")
    return _save(fresh, grant, kept)


def _save(fresh: Connection, grant: Grant, kept: Secret) -> Secret:
    grants.keep(fresh, grant, kept)
    fresh.save(update_fields=[*grants.FIELDS])
    health.recover(fresh)
    failpoints.reach("refresh-before-commit")
    return grant.access_token


def _saved_again(fresh: Connection, generation: int) -> bool:
    """The database went away with the only copy of new tokens in our hands: try for a while to save them still."""
    values = {name: getattr(fresh, name) for name in grants.FIELDS}
    deadline = time.monotonic() + SAVE_AGAIN_SECONDS
    while not database.in_atomic_block and time.monotonic() < deadline:
        try:
            database.close()
            return bool(Connection.objects.filter(pk=fresh.pk, generation=generation).update(**values))
        except DatabaseError:
            time.sleep(0.5)
    return False


def _tenant_trouble(fresh: Connection, reason: str) -> TenantTrouble:
    health.tenant_trouble(fresh.tenant, reason)
    _forget_intent(fresh)
    return TenantTrouble(reason)


def _passing(fresh: Connection, error: WorkdayError) -> Weather:
    reason = error.reason or "Workday could not renew the access just now."
    health.trouble(fresh, reason)
    if isinstance(error, NotSent):
        _forget_intent(fresh)
    return Weather(reason, retry_after=error.retry_after if isinstance(error, Answered) else None)


def _forget_intent(fresh: Connection) -> None:
    """Nothing was rotated, so this try needs no explaining later."""
    fresh.refresh_intent_at = None
    fresh.save(update_fields=["refresh_intent_at"])


def _limit_waiting() -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)",
            [f"{LOCK_SECONDS}s", f"{FROZEN_SECONDS}s"],
        )
