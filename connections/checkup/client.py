"""Whether Workday accepts the API client: its ID, its secret and its grant type, without anybody's grant."""

from __future__ import annotations

import secrets

from connections import clients, vault
from connections.checkup.verdicts import Verdict
from connections.models import Tenant
from workday import oauth
from workday.errors import Answered, InvalidClient, InvalidGrant, Unanswered, WorkdayError
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Session

_GRANT_TYPE = ("unauthorized_client", "unsupported_grant_type")


def opened(tenant: Tenant) -> ApiClient | Verdict:
    """The API client with its secret, or why there is none to ask with. Uses the database."""
    try:
        return clients.api_client(tenant)
    except vault.UnknownKey:
        return Verdict.KEY_MISSING
    except vault.Sealed:
        return Verdict.SECRET_AGAIN


def verdict(session: Session, client: ApiClient, redirect_uri: str) -> Verdict:
    """Redeem a code that cannot exist: how that is refused tells what is wrong (RFC 6749 section 5.2)."""
    try:
        oauth.exchange(
            session,
            client,
            code=Secret(f"made-up-{secrets.token_urlsafe(24)}"),
            redirect_uri=redirect_uri,
            code_verifier=secrets.token_urlsafe(48),
        )
    except InvalidGrant:
        return Verdict.CLIENT_ACCEPTED
    except Answered as refusal:
        return _refused(refusal)
    except Unanswered as failure:
        return Verdict.BUSY if failure.status is None or failure.status >= 500 else Verdict.ODD
    except WorkdayError:
        return Verdict.BUSY
    return Verdict.NOT_WORKDAY


def _refused(refusal: Answered) -> Verdict:
    if refusal.code in _GRANT_TYPE:
        return Verdict.GRANT_TYPE
    if isinstance(refusal, InvalidClient) or refusal.status == 401:
        return Verdict.CLIENT_REFUSED
    return Verdict.BUSY if refusal.status == 429 or refusal.status >= 500 else Verdict.ODD
