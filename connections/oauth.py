"""The connect flow: out to Workday with a one-time state, and back with a code (RFC 6749 section 4.1, RFC 9700)."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import connection as database
from django.http import QueryDict
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import User
from audit.models import record
from connections import clients, linking, vault
from connections.models import Connection, OAuthState, Tenant
from connections.refusals import Refusal, RefusalError, of_error, of_token_error
from workday import oauth
from workday.answers import Worker
from workday.client import Workday
from workday.errors import Answered, InvalidClient, InvalidGrant, WorkdayError
from workday.origins import origin_of
from workday.secret import Secret

MINUTES = 10
_STATE = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[\x21-\x7e]{1,4096}")
_ONCE = ("state", "iss", "error", "code")


def begin(user: User, session_key: str, tenant: Tenant) -> str:
    """Write down an authorization request and return the URL at Workday to send the browser to.

    Raises vault.Sealed when the tenant's client secret has to be entered again, NotSent when this installation must
    not use the tenant's addresses.
    """
    state, code_verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with clients.new_session() as session:
        url = oauth.authorization_url(
            session,
            clients.api_client(tenant),
            redirect_uri=tenant.redirect_uri,
            state=state,
            code_verifier=code_verifier,
        )
    _forget_expired()
    OAuthState.objects.create(
        state_digest=_digest(state),
        user=user,
        session_mac=_session_mac(session_key),
        tenant=tenant,
        code_verifier=code_verifier,
        redirect_uri=tenant.redirect_uri,
    )
    return url


@dataclass(frozen=True, slots=True)
class Connected:
    """`is_new` where this person was not connected there until now, so that as whom is news to them."""

    connection: Connection
    is_new: bool


def complete(user: User, session_key: str, answer: QueryDict, tenant_key: str | None) -> Connected:
    """Check what came back in the order state, issuer, error, code, and only then exchange the code.

    Raises RefusalError; then nothing is stored.
    """
    if any(len(answer.getlist(name)) > 1 for name in _ONCE):
        raise RefusalError(Refusal.MALFORMED)
    asked = _consume(user, session_key, answer.get("state", ""), tenant_key)
    tenant = Tenant.objects.get(pk=asked.tenant_id)
    try:
        code = _code(answer, tenant)
        grant, worker = _exchanged(tenant, asked, code)
        is_new = not _is_connected(user, tenant)
        return Connected(linking.store_person(user, tenant, grant, worker), is_new)
    except linking.Refused as refused:
        refusal = RefusalError(Refusal.NOT_STORED, str(refused))
    except RefusalError as error:
        refusal = error
    record("connection.refused", actor=user.pk, tenant=tenant.pk, why=refusal.kind.name.lower())
    raise refusal


def abandon(answer: QueryDict) -> None:
    """Use up the request that an answer names: it came to somebody who is signed out, and nobody may go on with it."""
    OAuthState.objects.filter(state_digest=_digest(answer.get("state", ""))).delete()


@dataclass(frozen=True, slots=True)
class _Asked:
    tenant_id: uuid.UUID
    code_verifier: str
    redirect_uri: str


def _consume(user: User, session_key: str, state: str, tenant_key: str | None) -> _Asked:
    """Use up the request that `state` names. Whoever presents it, it is gone; only its own session may go on."""
    if not _STATE.fullmatch(state):
        raise RefusalError(Refusal.STATE)
    with database.cursor() as cursor:
        cursor.execute(_CONSUME, [_digest(state), user.pk, _session_mac(session_key), _redirect_uri(tenant_key)])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise RefusalError(Refusal.STATE)
    return _Asked(*row[1:])


# One statement, so that of many identical callbacks one alone gets the row; clock and limit are the database's.
_CONSUME = f"""
DELETE FROM {OAuthState._meta.db_table} WHERE state_digest = %s
RETURNING user_id = %s AND session_mac = %s AND redirect_uri = %s
          AND created_at > clock_timestamp() - interval '{MINUTES} minutes',
          tenant_id, code_verifier, redirect_uri
"""  # noqa: S608 - a table's name and a constant, nothing from outside.


def _code(answer: QueryDict, tenant: Tenant) -> Secret:
    issuer = answer.get("iss")
    if issuer is None and tenant.iss_required:
        raise RefusalError(Refusal.NO_ISSUER)
    if issuer is not None and issuer not in _issuers(tenant):
        raise RefusalError(Refusal.ISSUER)
    error, code = answer.get("error"), answer.get("code")
    if (error is None) == (code is None):
        raise RefusalError(Refusal.MALFORMED)
    if error is not None:
        raise RefusalError(of_error(error))
    if not _CODE.fullmatch(code or ""):
        raise RefusalError(Refusal.MALFORMED)
    return Secret(code or "")


def _issuers(tenant: Tenant) -> tuple[str, str]:
    """Workday publishes no issuer; these are the two an honest server at this address could mean (RFC 9207)."""
    return (
        origin_of(tenant.authorization_endpoint),
        tenant.authorization_endpoint.removesuffix("/authorize"),
    )


def _exchanged(tenant: Tenant, asked: _Asked, code: Secret) -> tuple[oauth.Grant, Worker]:
    """Trade the code for tokens and ask whose they are, outside any transaction."""
    with clients.new_session() as session:
        try:
            client = clients.api_client(tenant)
            grant = oauth.exchange(
                session,
                client,
                code=code,
                redirect_uri=asked.redirect_uri,
                code_verifier=asked.code_verifier,
            )
        except InvalidGrant:
            raise RefusalError(Refusal.CODE) from None
        except (InvalidClient, vault.Sealed):
            raise RefusalError(Refusal.API_CLIENT) from None
        except Answered as error:
            raise RefusalError(of_token_error(error.status, error.code)) from None
        except WorkdayError:
            raise RefusalError(Refusal.UNREACHABLE) from None
        return grant, _worker(Workday(session, tenant.rest_endpoint, grant.access_token))


def _worker(workday: Workday) -> Worker:
    try:
        return workday.me()
    except Answered as error:
        refusal = Refusal.NO_WORKER if error.status in (403, 404) else Refusal.UNREACHABLE
    except WorkdayError:
        refusal = Refusal.UNREACHABLE
    raise RefusalError(refusal)


def _is_connected(user: User, tenant: Tenant) -> bool:
    return user.connections.filter(tenant=tenant).exclude(state=Connection.State.DISCONNECTED).exists()


def _redirect_uri(tenant_key: str | None) -> str:
    """The redirect URL that the browser came back to, built from our own address, never from the Host header."""
    path = reverse("connections:callback", args=[tenant_key] if tenant_key else [])
    return f"{settings.PUBLIC_URL}{path}"


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _session_mac(session_key: str) -> bytes:
    """Binds to the browser session; signing in or out and changing the password give it a new key."""
    return salted_hmac("connections.oauth.session", session_key, algorithm="sha256").digest()


def _forget_expired() -> None:
    with database.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {OAuthState._meta.db_table}"  # noqa: S608 - a table's name, nothing from outside.
            f" WHERE created_at < clock_timestamp() - interval '{MINUTES} minutes'"
        )
