"""A token endpoint that says exactly what a test gives it, and a connection whose tokens it is to renew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import LazySettings

from accounts.models import User
from connections import linking, tenants
from connections.models import Connection, Tenant
from tests.workday.far_side import FarSide, far_side, says
from workday.answers import Worker
from workday.oauth import Grant
from workday.secret import Secret


def answer(status: int, body: bytes | dict[str, Any] | str, *headers: str) -> bytes:
    """A whole HTTP answer; a mapping becomes JSON."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@contextmanager
def saying(said: bytes, settings: LazySettings) -> Iterator[FarSide]:
    """A far side at which this installation may ask, and which says this to everybody."""
    with far_side(says(said)) as far:
        settings.WORKDAY_PLAIN_ORIGINS = [far.url]
        yield far


def tenant_of(far: FarSide) -> Tenant:
    tenant = Tenant(
        key="said",
        name="Said",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{far.url}/ccx/api/v1/acme",
        authorization_endpoint=f"{far.url}/acme/authorize",
        token_endpoint=f"{far.url}/ccx/oauth2/acme/token",
        client_id="said-client",
    )
    tenants.set_client_secret(tenant, Secret("a secret"))
    tenant.save()
    return tenant


def ending(user: User, tenant: Tenant, wid: str = "a" * 32) -> Connection:
    """A connection whose access token lasts no longer than a second."""
    grant = Grant(Secret("old-access-token"), Secret("old-refresh-token"), 1)
    linking.store_person(user, tenant, grant, Worker(wid, user.name))
    Connection.objects.filter(tenant=tenant).update(access_expires_at="2020-01-01T00:00:00Z")
    return user.connections.select_related("tenant").get()
