"""The soak's people and tenants; imports models, so Django has to be set up before."""

from __future__ import annotations

import os

from accounts.models import User
from connections import tenants
from connections.models import Tenant
from soak.places import ACCOUNTS, CLIENT_SECRET, ORIGINS, PASSWORD, PLACES, Place
from workday.secret import Secret


def seed() -> None:
    for account in ACCOUNTS:
        User.objects.create_user(account.email, os.environ[PASSWORD], name=account.email)
    actor = User.objects.create_user("administrator@soak.example", None, name="Administrator", is_administrator=True)
    origins = os.environ[ORIGINS].split(",")
    for place in PLACES:
        tenants.register(_tenant(place, origins[place.sandbox]), Secret(os.environ[CLIENT_SECRET]), actor)


def _tenant(place: Place, origin: str) -> Tenant:
    return Tenant(
        key=place.key,
        name=place.key.title(),
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{origin}/ccx/api/v1/{place.key}",
        authorization_endpoint=f"{origin}/{place.key}/authorize",
        token_endpoint=f"{origin}/ccx/oauth2/{place.key}/token",
        client_id=place.client_id,
        decide_by=place.decide_by,
    )
