"""The integration system user: a connection by a refresh token made in Workday, or by the API client itself.

Workday shows it only the tasks assigned to that account itself; it never sees, and never acts for, a person.
"""

from __future__ import annotations

from accounts.models import User
from connections import clients, linking
from connections.models import Connection, Tenant
from workday import oauth
from workday.answers import Worker
from workday.client import Workday
from workday.errors import Answered
from workday.oauth import ApiClient, Grant
from workday.secret import Secret
from workday.session import Session

NAME = "Integration system user"
UNMAPPED = (
    "Workday no longer gives this API client access by itself. Check its mapping in Workday with Create Client "
    "Credentials Mapping, then connect the integration system user here again."
)
# RFC 6749 section 5.2.
_UNMAPPED_CODES = ("unauthorized_client", "invalid_grant", "unsupported_grant_type")


class NotMapped(Exception):
    """Workday gives this API client no access by itself: its client credentials mapping was never made, or is gone."""


def connect(tenant: Tenant, refresh_token: Secret, actor: User) -> Connection:
    """Prove the token by using it, then keep it.

    Raises vault.Sealed, linking.Disabled, or what `workday.oauth.refresh` raises; nothing is stored then.
    """
    client = clients.api_client(tenant)
    with clients.new_session() as session:
        grant = oauth.refresh(session, client, refresh_token)
        worker = _worker(Workday(session, tenant.rest_endpoint, grant.access_token))
    return linking.store_isu(tenant, grant, refresh_token, worker, actor)


def connect_by_client(tenant: Tenant, actor: User) -> Connection:
    """Connect with the tenant's own API client, which Workday has mapped to the ISU; proved by using it.

    Raises NotMapped and what `connect` raises; nothing is stored then.
    """
    client = clients.api_client(tenant)
    with clients.new_session() as session:
        grant = by_client(session, client)
        worker = _worker(Workday(session, tenant.rest_endpoint, grant.access_token))
    return linking.store_isu(tenant, grant, None, worker, actor)


def by_client(session: Session, client: ApiClient) -> Grant:
    """A new access token by client credentials.

    Raises NotMapped when the API client is known and only its mapping is missing, and otherwise what
    `workday.oauth.client_credentials` raises. Which of these codes Workday uses for that is not known.
    """
    try:
        return oauth.client_credentials(session, client)
    except Answered as refusal:
        if refusal.status not in (400, 401) or refusal.code not in _UNMAPPED_CODES:
            raise
    raise NotMapped


def _worker(workday: Workday) -> Worker:
    """An ISU often has no worker record; Workday then refuses to say who it is, and that is no fault."""
    try:
        return workday.me()
    except Answered as refusal:
        if refusal.status not in (403, 404):
            raise
    return Worker("", NAME)
