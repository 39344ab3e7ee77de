"""What the authorization endpoint tells without anybody signing in: about the redirect URL, and about PKCE.

Many servers look at a request only after the person has signed in. Then there is nothing to know from here, and the
finding says so instead of guessing.
"""

from __future__ import annotations

import secrets
from enum import Enum, auto

from connections.checkup.findings import Finding
from connections.checkup.reach import LOOK_SECONDS
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant
from workday import oauth
from workday.errors import WorkdayError
from workday.oauth import ApiClient
from workday.probing import look, without_pkce
from workday.secret import Secret
from workday.session import Session


class _Answer(Enum):
    """TAKEN: somebody could sign in now. BACK: an error is sent to the redirect URL, which is therefore right."""

    TAKEN = auto()
    REFUSED = auto()
    BACK = auto()
    UNCLEAR = auto()


def findings(session: Session, tenant: Tenant) -> list[Finding]:
    """Ask as a person's browser would, then with a made-up redirect URL of our own, then without PKCE."""
    try:
        ours = _url(session, tenant, tenant.redirect_uri)
        made_up = f"{tenant.redirect_uri}/{secrets.token_hex(8)}"
        real = _asked(session, ours, tenant.redirect_uri)
        other = _asked(session, _url(session, tenant, made_up), made_up)
        bare = _asked(session, without_pkce(ours), tenant.redirect_uri)
    except WorkdayError:
        return [Finding(Check.REDIRECT, Verdict.BUSY), Finding(Check.PKCE, Verdict.BUSY)]
    return [Finding(Check.REDIRECT, _redirect(real, other, bare)), Finding(Check.PKCE, _pkce(real, bare))]


def _url(session: Session, tenant: Tenant, redirect_uri: str) -> str:
    # The secret never goes to this endpoint, so it is not even opened.
    client = ApiClient(tenant.client_id, Secret(""), tenant.authorization_endpoint, tenant.token_endpoint)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    return oauth.authorization_url(session, client, redirect_uri=redirect_uri, state=state, code_verifier=verifier)


def _asked(session: Session, url: str, redirect_uri: str) -> _Answer:
    seen = look(session, url, LOOK_SECONDS)
    if seen.error_sent_to(redirect_uri):
        return _Answer.BACK
    if seen.status == 400:
        return _Answer.REFUSED
    # 401, 403 and 429 may be a gateway that has no liking for programs, and mean nothing about the API client.
    return _Answer.TAKEN if seen.status < 400 else _Answer.UNCLEAR


def _redirect(real: _Answer, other: _Answer, bare: _Answer) -> Verdict:
    known_here = _Answer.BACK in (real, bare) or _Answer.TAKEN in (real, bare)
    match (known_here, other):
        case (True, _Answer.REFUSED):
            return Verdict.REDIRECT_RIGHT
        case (False, _Answer.REFUSED) if real is _Answer.REFUSED:
            return Verdict.REDIRECT_REFUSED
        case _:
            return Verdict.REDIRECT_UNTOLD


def _pkce(real: _Answer, bare: _Answer) -> Verdict:
    match (real, bare):
        case (_Answer.TAKEN, _Answer.REFUSED | _Answer.BACK):
            return Verdict.PKCE_USED
        case (_Answer.REFUSED | _Answer.BACK, _Answer.TAKEN):
            return Verdict.PKCE_REFUSED
        case (_Answer.REFUSED, _Answer.REFUSED):
            return Verdict.PKCE_LATER
        case _:
            return Verdict.PKCE_UNTOLD
