"""Connections whose tokens a test has made up, stored as the product stores them, and every box in the database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.models import User
from connections import boxes, linking, tenants
from connections.models import Connection, Tenant, TenantChange
from workday.answers import Worker
from workday.oauth import Grant
from workday.secret import Secret


def token(kind: str, connection: str) -> str:
    """A token that occurs nowhere else; long enough to be found whichever way it is written."""
    return f"canary-{kind}-token-of-{connection}-{'x' * 20}"


def store(user: User, tenant: Tenant) -> Connection:
    name = f"{user.email}-at-{tenant.key}"
    grant = Grant(Secret(token("access", name)), Secret(token("refresh", name)), 3600)
    return linking.store_person(user, tenant, grant, Worker(uuid.uuid5(user.pk, tenant.key).hex, user.name))


def store_again(connection: Connection) -> Connection:
    """The same person connects once more."""
    assert connection.user
    return store(connection.user, connection.tenant)


def secrets_of(connection: Connection) -> list[str]:
    assert connection.user
    name = f"{connection.user.email}-at-{connection.tenant.key}"
    return [token("access", name), token("refresh", name)]


def ask_for_change(tenant: Tenant, secret: str, asked_by: User) -> TenantChange:
    """A change to the same addresses, with another client secret, that waits for a second administrator."""
    after = Tenant.objects.get(pk=tenant.pk)
    tenants.set_client_secret(after, Secret(secret))
    return TenantChange.objects.create(
        tenant=tenant, values=tenants.values(after), client_secret_box=after.client_secret_box, asked_by=asked_by
    )


@dataclass(frozen=True, slots=True)
class Place:
    """One column of one row that holds a box."""

    model: type[Model]
    pk: Any
    field: str

    def read(self) -> bytes:
        return bytes(self.model._default_manager.values_list(self.field, flat=True).get(pk=self.pk))

    def write(self, box: bytes) -> None:
        self.model._default_manager.filter(pk=self.pk).update(**{self.field: box})


def places() -> list[Place]:
    """Everywhere that a box lies."""
    return [
        Place(column.model, pk, column.field)
        for column in boxes.COLUMNS
        for pk in column.model._default_manager.exclude(**{column.field: None}).values_list("pk", flat=True)
    ]
