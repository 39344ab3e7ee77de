"""The integration system user: a connection from a refresh token that an administrator made in Workday.

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
from workday.secret import Secret

NAME = "Integration system user"


def connect(tenant: Tenant, refresh_token: Secret, actor: User) -> Connection:
    """Prove the token by using it, then keep it.

    Raises vault.Sealed, or what `workday.oauth.refresh` raises; nothing is stored then.
    """
    client = clients.api_client(tenant)
    with clients.new_session() as session:
        grant = oauth.refresh(session, client, refresh_token)
        worker = _worker(Workday(session, tenant.rest_endpoint, grant.access_token))
    return linking.store_isu(tenant, grant, refresh_token, worker, actor)


def _worker(workday: Workday) -> Worker:
    """An ISU often has no worker record; Workday then refuses to say who it is, and that is no fault."""
    try:
        return workday.me()
    except Answered as refusal:
        if refusal.status not in (403, 404):
            raise
    return Worker("", NAME)
