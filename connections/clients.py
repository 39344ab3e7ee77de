"""How this installation reaches Workday: its outbound rules, sessions, and clients for one connection."""

from __future__ import annotations

from django.conf import settings

from connections import alarms, vault
from connections.models import Connection, Tenant
from workday.client import Workday
from workday.oauth import ApiClient
from workday.origins import Policy, origin_of
from workday.secret import Secret
from workday.session import Session


def policy() -> Policy:
    return Policy(tuple(settings.WORKDAY_HOSTS), tuple(settings.WORKDAY_PLAIN_ORIGINS))


def new_session() -> Session:
    """Fresh kept-alive connections under this installation's rules; use it as a context manager, share it freely."""
    return Session(policy())


def workday_for(connection: Connection, bearer: Secret, session: Session) -> Workday:
    """A client that acts as the connection's own worker at the connection's own tenant."""
    return Workday(
        session,
        connection.tenant.rest_endpoint,
        bearer,
        read_seconds=settings.READ_SECONDS,
        write_seconds=settings.SEND_SECONDS,
    )


def api_client(tenant: Tenant) -> ApiClient:
    """The tenant's API client with its secret opened. Raises vault.Sealed when the secret must be entered again."""
    return ApiClient(tenant.client_id, _secret(tenant), tenant.authorization_endpoint, tenant.token_endpoint)


def _secret(tenant: Tenant) -> Secret:
    try:
        return vault.open_box(tenant.client_secret_box, secret_binding(tenant))
    except vault.Sealed as refusal:
        # A changed token endpoint never comes without a new secret, so this one was changed past the application.
        if tenant.client_secret_box and not isinstance(refusal, vault.UnknownKey):
            alarms.client_secret_refused(tenant)
        raise


def secret_binding(tenant: Tenant) -> vault.Binding:
    """The client secret belongs to the origin it is sent to, so a changed token endpoint never receives it."""
    return vault.Binding(
        "client_secret", tenant.pk, origin_of(tenant.token_endpoint), generation=tenant.secret_generation
    )
