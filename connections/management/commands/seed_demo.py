from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from environs import Env

from accounts.models import User
from connections import isu, tenants
from connections.management.keyed import KeyedCommand
from connections.models import Connection, Tenant
from workday.secret import Secret

KEY = "acme-demo"
PEOPLE = (
    ("administrator@demo.example", "Ada Administrator", True),
    ("manager@demo.example", "Mona Manager", False),
    ("colleague@demo.example", "Cole Colleague", False),
    ("employee@demo.example", "Emil Employee", False),
)


class Command(KeyedCommand):
    help = "Register the sandbox tenant and make the demo's people. Changes nothing that is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.INSECURE_DEMO:
            raise CommandError("The demo's accounts have a shared password and belong only in a demo.")
        env = Env()
        people = [_person(email, name, admin, env.str("DEMO_PASSWORD")) for email, name, admin in PEOPLE]
        tenant = _tenant(env, people[0])
        if not tenant.connections.filter(kind=Connection.Kind.ISU).exists():
            isu.connect(tenant, Secret(env.str("DEMO_ISU_REFRESH_TOKEN")), people[0])


def _person(email: str, name: str, is_administrator: bool, password: str) -> User:
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(email, password, name=name, is_administrator=is_administrator)


def _tenant(env: Env, actor: User) -> Tenant:
    """The sandbox's `acme`; its addresses follow SANDBOX_URL when the demo is started on another port."""
    origin, secret = env.str("SANDBOX_URL"), Secret(env.str("DEMO_CLIENT_SECRET"))
    tenant = Tenant.objects.filter(key=KEY).first()
    if tenant is not None and tenant.rest_endpoint.startswith(f"{origin}/"):
        return tenant
    fresh = tenant or Tenant(key=KEY, name="Acme (sandbox)", environment=Tenant.Environment.SANDBOX)
    fresh.rest_endpoint = f"{origin}/ccx/api/v1/acme"
    fresh.authorization_endpoint = f"{origin}/acme/authorize"
    fresh.token_endpoint = f"{origin}/ccx/oauth2/acme/token"
    fresh.client_id = env.str("DEMO_CLIENT_ID")
    if tenant is None:
        tenants.register(fresh, secret, actor)
    else:
        tenants.change(fresh, secret, actor)
    return fresh
