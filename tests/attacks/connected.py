"""A person connected at any authorization server, and what that server saw of the renewals."""

from __future__ import annotations

from accounts.models import User
from connections.models import Connection
from tests.attacks.server import AuthorizationServer, TokenRequest
from tests.connections.conftest import begin, come_back, signed_in_as


def connected_at(far: AuthorizationServer, user: User, person: str = "manager") -> Connection:
    """The whole journey there and back."""
    tenant = far.register()
    browser = signed_in_as(user)
    answer = come_back(browser, far.answer(begin(browser, tenant), person))
    assert answer.status_code == 303
    return user.connections.select_related("tenant").get()


def fresh(connection: Connection) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=connection.pk)


def refreshes(far: AuthorizationServer) -> list[TokenRequest]:
    return [request for request in far.token_requests() if request.grant_type == "refresh_token"]
