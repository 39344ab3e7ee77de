"""Moving everything that is sealed to the newest key of the ring, so that an older key can be thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction

from connections import clients, grants, vault
from connections.keyring import ring
from connections.models import Connection, KeyCheck, Tenant


@dataclass(slots=True)
class Count:
    """How many boxes were moved to the newest key, and how many would not open and were left."""

    moved: int = 0
    left: int = 0


def reseal() -> Count:
    """Reseal row by row, each in its own short transaction; stopped half-way, it goes on where it was.

    Afterwards the older keys' checks are gone when nothing is left under them, and those keys may leave TOKEN_KEYS.
    """
    count = Count()
    for pk in list(Tenant.objects.exclude(client_secret_box=None).values_list("pk", flat=True)):
        _row(_tenant, pk, count)
    for pk in list(Connection.objects.exclude(access_token_box=None).values_list("pk", flat=True)):
        _row(_connection, pk, count)
    if not left_under_older_keys():
        KeyCheck.objects.exclude(key_id=_newest()).delete()
    return count


def left_under_older_keys() -> int:
    """How many boxes are not sealed with the newest key."""
    return sum(vault.key_id_of(box) != _newest() for box in _boxes())


def _boxes() -> Iterator[bytes | memoryview]:
    secrets = Tenant.objects.values_list("client_secret_box", flat=True)
    tokens = Connection.objects.values_list("access_token_box", "refresh_token_box")
    yield from filter(None, [*secrets, *(box for boxes in tokens for box in boxes)])


def _row(work: Callable[[uuid.UUID], int], pk: uuid.UUID, count: Count) -> None:
    try:
        with transaction.atomic():
            count.moved += work(pk)
    except vault.Sealed:
        count.left += 1


def _tenant(pk: uuid.UUID) -> int:
    tenant = Tenant.objects.select_for_update().filter(pk=pk).exclude(client_secret_box=None).first()
    if tenant is None or vault.key_id_of(tenant.client_secret_box or b"") == _newest():
        return 0
    binding = clients.secret_binding(tenant)
    tenant.client_secret_box = vault.seal(vault.open_box(tenant.client_secret_box, binding), binding)
    tenant.save(update_fields=["client_secret_box"])
    return 1


def _connection(pk: uuid.UUID) -> int:
    """Both tokens under the same generation as before: nothing about the grant changes."""
    found = Connection.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=pk).first()
    moved = 0
    for purpose, field in (("access", "access_token_box"), ("refresh", "refresh_token_box")):
        box = getattr(found, field, None)
        if found is not None and box and vault.key_id_of(box) != _newest():
            binding = grants.binding(found, purpose)
            setattr(found, field, vault.seal(vault.open_box(box, binding), binding))
            moved += 1
    if found is not None and moved:
        found.save(update_fields=["access_token_box", "refresh_token_box"])
    return moved


def _newest() -> str:
    return next(iter(ring()))
