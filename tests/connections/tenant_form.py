"""Filling in the form of a tenant, as an administrator does."""

from __future__ import annotations

from typing import Any, Protocol

from django.test import Client
from django.urls import reverse

from connections.models import Tenant
from tests.connections.conftest import NEW_SECRET, words


class Server(Protocol):
    """What a tenant's addresses can be at."""

    @property
    def url(self) -> str: ...


def entries(sandbox: Server, **changes: str) -> dict[str, str]:
    """A whole form for a tenant at this sandbox. What is left out of a form is a tick box that is not ticked."""
    return {
        "name": "Beacon",
        "environment": "sandbox",
        "rest_endpoint": f"{sandbox.url}/ccx/api/v1/acme",
        "authorization_endpoint": f"{sandbox.url}/acme/authorize",
        "token_endpoint": f"{sandbox.url}/ccx/oauth2/acme/token",
        "client_id": "new-client",
        "client_secret": "canary-new",
        "decide_by": "business_process",
        **changes,
    }


def edit(browser: Client, tenant: Tenant, sandbox: Server, **changes: str) -> Any:
    """Save the tenant's page with its addresses at this sandbox, and without a secret unless `changes` has one."""
    same = {"name": "Acme", "client_id": "app-client", "client_secret": ""}
    return browser.post(reverse("connections:tenant", args=[tenant.key]), entries(sandbox, **{**same, **changes}))


def errors(page: Any) -> dict[str, list[str]]:
    return dict(page.context["form"].errors)


def ask(browser: Client, tenant: Tenant, elsewhere: Server, **changes: str) -> Any:
    answer = edit(browser, tenant, elsewhere, **{"client_secret": NEW_SECRET, **changes})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer


def answer(browser: Client, tenant: Tenant, how: str, seen: str | None = None) -> str:
    """Press confirm or drop on the page as it is, or as it was when `seen` was shown; the words that follow."""
    if seen is None:
        seen = shown(browser, tenant)
    url = reverse(f"connections:tenant_change_{how}", args=[tenant.key])
    return words(browser.post(url, {"seen": seen}, follow=True))


def shown(browser: Client, tenant: Tenant) -> str:
    change = browser.get(reverse("connections:tenant", args=[tenant.key])).context["change"]
    return str(change["seen"]) if change else ""


def origin(tenant: Tenant) -> str:
    tenant.refresh_from_db()
    return tenant.token_endpoint.removesuffix("/ccx/oauth2/acme/token")
