"""The OAuth calls (RFC 6749, RFC 7636): requests-oauthlib builds them, the guarded session carries them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import requests
from oauthlib.oauth2 import BackendApplicationClient, Client
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from workday.errors import Answered, InvalidClient, InvalidGrant, Unanswered
from workday.reading import Fields, fields
from workday.secret import Secret
from workday.session import Answer, Session

TOKEN_SECONDS = 10.0
# A token answer has less than one KiB; nothing that is larger is worth reading.
TOKEN_BYTES = 64 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ApiClient:
    """The API client that an administrator registered in Workday, with the endpoints to use it at."""

    client_id: str
    client_secret: Secret
    authorization_endpoint: str
    token_endpoint: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A token answer. `refresh_token` is None when none came; `expires_in`, in seconds, when none was believable."""

    access_token: Secret
    refresh_token: Secret | None
    expires_in: int | None


class _TokenCall(OAuth2Session):
    """requests-oauthlib's session with its network part replaced.

    What came back is read strictly here, before oauthlib, which would also take form-encoded and half-typed
    answers, sees it; it gets to see the checked fields only.
    """

    grant: Grant

    def __init__(
        self, guard: Session, client_id: str, redirect_uri: str | None = None, client: Client | None = None
    ) -> None:
        super().__init__(client_id, client=client, redirect_uri=redirect_uri)
        self.trust_env = False
        self._guard = guard

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.grant = _grant(self._guard.deliver(request, TOKEN_SECONDS))
        seen = requests.Response()
        seen.request = request
        seen.status_code = 200
        seen._content = json.dumps({"access_token": "read", "token_type": "Bearer"}).encode()
        return seen


def authorization_url(session: Session, client: ApiClient, *, redirect_uri: str, state: str, code_verifier: str) -> str:
    """Where to send the browser: response_type=code, `state`, and a PKCE S256 challenge of `code_verifier`.

    Raises NotSent when this installation must not use the endpoint.
    """
    endpoint = session.policy.inside(client.authorization_endpoint)
    url, _ = OAuth2Session(client.client_id, redirect_uri=redirect_uri).authorization_url(
        endpoint, state, code_challenge=_challenge(code_verifier), code_challenge_method="S256"
    )
    return session.policy.outside(url)


def exchange(session: Session, client: ApiClient, *, code: Secret, redirect_uri: str, code_verifier: str) -> Grant:
    """Turn an authorization code into tokens (RFC 6749 section 4.1.3), within 10 seconds.

    Raises InvalidGrant, InvalidClient, another Answered, NotSent or Unanswered.
    """
    call = _TokenCall(session, client.client_id, redirect_uri)
    call.fetch_token(
        session.policy.inside(client.token_endpoint),
        code=code.reveal(),
        code_verifier=code_verifier,
        auth=_basic(client),
    )
    return call.grant


def refresh(session: Session, client: ApiClient, refresh_token: Secret) -> Grant:
    """Get a new access token (RFC 6749 section 6), within 10 seconds. Raises what `exchange` raises.

    A new refresh token counts only when one came back; otherwise the caller keeps the one it has.
    """
    call = _TokenCall(session, client.client_id)
    call.refresh_token(
        session.policy.inside(client.token_endpoint),
        refresh_token=refresh_token.reveal(),
        auth=_basic(client),
    )
    return call.grant


def client_credentials(session: Session, client: ApiClient) -> Grant:
    """Get an access token by the API client alone (RFC 6749 section 4.4), within 10 seconds.

    It acts as the integration system user that Workday's task Create Client Credentials Mapping chose. There is
    nothing to renew it with, and a refresh token that comes nevertheless is dropped (section 4.4.3).

    Raises what `exchange` raises; InvalidClient with the code "unauthorized_client" where no mapping exists.
    """
    call = _TokenCall(session, client.client_id, client=BackendApplicationClient(client.client_id))
    call.fetch_token(session.policy.inside(client.token_endpoint), auth=_basic(client))
    return replace(call.grant, refresh_token=None)


def _basic(client: ApiClient) -> HTTPBasicAuth:
    return HTTPBasicAuth(client.client_id.encode(), client.client_secret.reveal().encode())


def _challenge(code_verifier: str) -> str:
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _grant(answer: Answer) -> Grant:
    if len(answer.body) > TOKEN_BYTES:
        raise Unanswered("The answer was too large.", status=answer.status)
    try:
        found = fields(answer, 200)
    except Answered as error:
        failure = _classified(answer, error)
    else:
        return Grant(
            _token(found, "access_token") or found.refuse("access token"),
            _token(found, "refresh_token"),
            _lifetime(_bearer_only(found).raw("expires_in")),
        )
    raise failure


def _classified(answer: Answer, error: Answered) -> Answered:
    """The OAuth error code sits where Workday's REST errors have a sentence (RFC 6749 section 5.2)."""
    code = error.message if re.fullmatch(r"[a-z_]{1,40}", error.message) else ""
    kind: type[Answered] = Answered
    if error.status in (400, 401) and code == "invalid_grant":
        kind = InvalidGrant
    elif error.status in (400, 401) and code in ("invalid_client", "unauthorized_client"):
        kind = InvalidClient
    return kind(error.status, code=code, retry_after=error.retry_after)


def _token(found: Fields, name: str) -> Secret | None:
    value = found.raw(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise Unanswered(f"The answer had an unexpected {name.replace('_', ' ')}.", status=200)
    return Secret(value)


def _bearer_only(found: Fields) -> Fields:
    """`found`, when its tokens are bearer tokens; some Workday tenants leave the type out."""
    kind = found.raw("token_type")
    if kind is not None and (not isinstance(kind, str) or kind.lower() != "bearer"):
        found.refuse("token type")
    return found


def _lifetime(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 1 <= value <= _ONE_YEAR else None
