"""One try to renew a connection's tokens at Workday: one at a time per connection, on all machines."""

from __future__ import annotations

import time

from django.db import DatabaseError, InterfaceError, transaction
from django.db import connection as database
from django.utils import timezone

from connections import alarms, clients, failpoints, grants, health, intents, isu, vault
from connections.models import Connection
from connections.token_errors import NeedsReconnect, TenantTrouble, TokenError, Weather
from workday import oauth
from workday.errors import Answered, InvalidClient, InvalidGrant, NotSent, WorkdayError
from workday.oauth import Grant
from workday.secret import Secret

# A waiter gives up a little after the holder's own ten-second deadline.
LOCK_SECONDS = 12
# A frozen holder keeps its lock this long: only it knows the new token, and a second use of the old one would end both.
FROZEN_SECONDS = 150
SAVE_AGAIN_SECONDS = 10.0


def stored(connection: Connection, rejected: Secret | None) -> Secret | None:
    """The token to use without asking anybody, if there is one. Raises NeedsReconnect."""
    if not connection.is_usable:
        raise NeedsReconnect(_why_unusable(connection))
    if connection.access_expires_at is None or connection.access_expires_at <= timezone.now():
        return None
    try:
        token = grants.access_token(connection)
    except vault.Sealed:
        # Whether that is for good is for the refresh to say, on a fresh row.
        return None
    return None if token == rejected else token


def _why_unusable(connection: Connection) -> str:
    if connection.state == Connection.State.DISABLED:
        return f"An administrator has disabled this connection: {connection.state_reason}"
    return connection.state_reason or "This connection is not connected to Workday."


class Renewal:
    """Lock, look again, refresh, save, and only then use.

    Failures are returned, not raised, so that what they wrote commits. `is_ours` says whose note of intent stands.
    """

    def __init__(self, connection: Connection, rejected: Secret | None, *, is_ours: bool) -> None:
        self.connection, self.rejected, self.is_ours = connection, rejected, is_ours
        self.before = _place(connection)
        self.given: Grant | None = None
        self.kept: Secret | None = None

    def run(self) -> Secret | TokenError | None:
        """None where somebody else may be at it or has been, so that it is to be looked at again."""
        fresh: Connection | None
        try:
            with transaction.atomic():
                fresh = _locked(self.connection)
                outcome = self._under_lock(fresh)
        except (DatabaseError, InterfaceError):
            if self.given is None:
                raise
            fresh, outcome = self._saved_again(), self.given.access_token
        if fresh is None or outcome is None:
            return None
        for name in (*grants.FIELDS, *health.STATE_FIELDS):
            setattr(self.connection, name, getattr(fresh, name))
        failpoints.reach("refresh-saved")
        return outcome

    def _under_lock(self, fresh: Connection) -> Secret | TokenError | None:
        self.before = _place(fresh)
        tampered = alarms.park_if_tampered(fresh)
        if tampered is not None:
            return NeedsReconnect(tampered)
        found = self._without_asking(fresh)
        if found is not None:
            if self.is_ours:
                intents.withdraw(fresh)
            return found
        if fresh.refresh_intent_at is None or (not self.is_ours and intents.seconds_left(fresh)):
            return None
        return self._tried(fresh)

    def _without_asking(self, fresh: Connection) -> Secret | TokenError | None:
        if fresh.worker_wid != self.connection.worker_wid:
            # Whoever loaded the row did so on behalf of the former worker, whose wishes these are.
            return NeedsReconnect("This connection acts as another Workday worker now.")
        try:
            found = stored(fresh, self.rejected)
        except NeedsReconnect as error:
            return error
        if grants.origin_of_tokens(fresh) != grants.origin_of_tokens(self.connection):
            # Whoever loaded the row would use a new token at the addresses that the tenant had then.
            return Weather("The tenant's addresses have just changed.")
        return found

    def _tried(self, fresh: Connection) -> Secret | TokenError:
        try:
            self.kept = grants.refresh_token(fresh)
            self.given = _asked(fresh, self.kept)
        except InvalidGrant:
            return _ended(fresh, "Workday no longer accepts this connection." if self.is_ours else _LOST)
        except vault.UnknownKey:
            return self._unchanged(fresh, Weather("A key that these tokens are sealed with is missing here."))
        except vault.Sealed:
            return _ended(fresh, "The stored tokens do not belong to the tenant's present addresses.")
        except TokenError as error:
            return self._unchanged(fresh, error)
        except WorkdayError as error:
            return self._passing(fresh, error)
        failpoints.reach("refresh-answered")
        return self._save(fresh, self.given)

    def _save(self, fresh: Connection, given: Grant) -> Secret:
        grants.keep(fresh, given, self.kept)
        fresh.save(update_fields=[*grants.FIELDS])
        health.recover(fresh)
        failpoints.reach("refresh-before-commit")
        return given.access_token

    def _saved_again(self) -> Connection | None:
        """The database went away with the only copy of new tokens in our hands: try for a while to save them still.

        None when they were renewed or erased meanwhile, which a late save must not undo, or when the tenant has
        other addresses now, which they were not given for.
        """
        deadline = time.monotonic() + SAVE_AGAIN_SECONDS
        while self.given is not None and not database.in_atomic_block:
            try:
                database.close()
                with transaction.atomic():
                    fresh = _locked(self.connection)
                    if _place(fresh) != self.before:
                        return None
                    self._save(fresh, self.given)
                    return fresh
            except (DatabaseError, InterfaceError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
        raise InterfaceError("The new tokens could not be saved.")

    def _passing(self, fresh: Connection, error: WorkdayError) -> TokenError:
        health.trouble(fresh, error.reason or "Workday could not renew the access just now.")
        retry_after = error.retry_after if isinstance(error, Answered) else None
        outcome = Weather(fresh.state_reason, retry_after=retry_after)
        # A server that failed, or a gateway before one, may have replaced the token all the same.
        if isinstance(error, NotSent) or (isinstance(error, Answered) and error.status < 500):
            return self._unchanged(fresh, outcome)
        intents.leave(fresh)
        return outcome

    def _unchanged(self, fresh: Connection, outcome: TokenError) -> TokenError:
        """This try has changed nothing at Workday; an earlier one that never told how it ended still may have."""
        if self.is_ours:
            intents.withdraw(fresh)
        elif fresh.refresh_intent_at is not None:
            intents.leave(fresh)
        return outcome


_LOST = "The connection was interrupted while it was being renewed, and Workday now refuses the old token."


def _asked(fresh: Connection, kept: Secret | None) -> Grant:
    if kept is None and not _is_client_credentials(fresh):
        raise _ended(fresh, "The access ended and Workday gave no means to renew it.")
    try:
        client = clients.api_client(fresh.tenant)
        with clients.new_session() as session:
            return oauth.refresh(session, client, kept) if kept else isu.by_client(session, client)
    except isu.NotMapped:
        raise _ended(fresh, isu.UNMAPPED) from None
    except InvalidClient:
        raise _tenant_trouble(fresh, "Workday does not accept the API client's ID or secret.") from None
    except vault.UnknownKey:
        raise Weather("A key that the client secret is sealed with is missing here.") from None
    except vault.Sealed:
        raise _tenant_trouble(fresh, "The client secret has to be entered again.") from None


def _is_client_credentials(fresh: Connection) -> bool:
    """Raises vault.Sealed when the last access token does not open any more.

    No refresh token is there to prove that the tenant's addresses are the ones this grant was made at; so the old
    access token does, or a new one could be led to another REST endpoint.
    """
    return fresh.grant == Connection.Grant.CLIENT_CREDENTIALS and grants.access_token(fresh) is not None


def _ended(fresh: Connection, reason: str) -> NeedsReconnect:
    health.need_reconnect(fresh, reason)
    return NeedsReconnect(reason)


def _tenant_trouble(fresh: Connection, reason: str) -> TenantTrouble:
    health.tenant_trouble(fresh.tenant, reason)
    return TenantTrouble(reason)


def _place(connection: Connection) -> tuple[int, str]:
    return connection.generation, grants.origin_of_tokens(connection)


def _locked(connection: Connection) -> Connection:
    """The row as it is now, nobody else's to renew until this transaction ends.

    Rows that point at it can still be added meanwhile: nobody's click waits for Workday.
    """
    with database.cursor() as cursor:
        cursor.execute(_LIMITS, {"lock": f"{LOCK_SECONDS}s", "frozen": f"{FROZEN_SECONDS}s"})
    rows = Connection.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")
    return rows.get(pk=connection.pk)


# A frozen process still answers the keep-alives, so these tell its lock from that of a machine which is gone.
_LIMITS = """
SELECT set_config('lock_timeout', %(lock)s, true),
       set_config('idle_in_transaction_session_timeout', %(frozen)s, true),
       set_config('tcp_keepalives_idle', '5', true), set_config('tcp_keepalives_interval', '5', true),
       set_config('tcp_keepalives_count', '2', true)
"""
