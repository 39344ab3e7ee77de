"""Moving everything that is sealed to the newest key of the ring, so that an older key can be thrown away.

Everything goes on meanwhile: each batch is one short transaction that waits for nobody. A row that is locked, because
its token is being renewed just now, is left for a later pass. Killed anywhere, the next run goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from psycopg import sql

from connections import boxes, changes, clients, grants, vault
from connections.keyring import ring
from connections.models import Connection, Tenant, TenantChange

BATCH = 200
# Longer than a renewal of a token holds its row (connections.renewal), unless its process is frozen.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5

Bind = Callable[[Any], vault.Binding]


@dataclass(slots=True)
class Rotation:
    """How far one run is: boxes moved to the newest key, and rows with a box that does not open."""

    moved: int = 0
    refused: set[str] = field(default_factory=set)


def rotate(batch: int = BATCH, patience: float = PATIENCE_SECONDS) -> Iterator[Rotation]:
    """Reseal, in batches of so many rows; yields after each. `patience` is how long locked rows are waited for.

    Ends when nothing is left, or only what does not open or stays locked: see `left`. When nothing is left at all, the
    older keys are retired and may leave TOKEN_KEYS.
    """
    rotation = Rotation()
    deadline = None
    while True:
        before = rotation.moved
        for kind in _KINDS:
            for _ in _pass(kind, rotation, batch):
                yield rotation
        if not set(left()) - rotation.refused:
            break
        deadline = time.monotonic() + patience if deadline is None or rotation.moved > before else deadline
        if time.monotonic() >= deadline:
            break
        time.sleep(PAUSE_SECONDS)
    if not left():
        vault.retire_keys()


def left() -> list[str]:
    """The rows with a box that is not sealed with the newest key, by kind and id."""
    return [_name(kind.model, pk) for kind in _KINDS for pk in kind.stale().values_list("pk", flat=True)]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One table and its columns of boxes, with what each of them is bound to; `key` is its primary key's column."""

    model: type[Model]
    bindings: dict[str, Bind]
    related: tuple[str, ...] = ()
    key: str = "id"

    def stale(self) -> QuerySet[Any]:
        newest = next(iter(ring())).encode()
        keys = {f"{name}_key": boxes.key_of(name) for name in self.bindings}
        # SQL's NOT NULL is not true, so a column without a box is not stale.
        is_stale = Q()
        for key in keys:
            is_stale |= ~Q(**{key: newest})
        rows: QuerySet[Any] = self.model._default_manager.alias(**keys).filter(is_stale).order_by("pk")
        return rows


_KINDS = (
    _Kind(Tenant, {"client_secret_box": clients.secret_binding}),
    _Kind(
        TenantChange,
        {"client_secret_box": lambda change: clients.secret_binding(changes.wanted(change.tenant, change))},
        related=("tenant",),
        key="tenant_id",
    ),
    _Kind(
        Connection,
        {
            "access_token_box": lambda connection: grants.binding(connection, "access"),
            "refresh_token_box": lambda connection: grants.binding(connection, "refresh"),
        },
        related=("tenant",),
    ),
)


def _pass(kind: _Kind, rotation: Rotation, batch: int) -> Iterator[None]:
    """Once through the table, by key, past the rows that are locked."""
    rows = _batch(kind, kind.stale(), rotation, batch)
    while rows:
        yield
        rows = _batch(kind, kind.stale().filter(pk__gt=rows[-1].pk), rotation, batch)


def _batch(kind: _Kind, stale: QuerySet[Any], rotation: Rotation, batch: int) -> list[Any]:
    with transaction.atomic():
        locked = stale.select_related(*kind.related).select_for_update(skip_locked=True, no_key=True, of=("self",))
        rows = list(locked[:batch])
        moved = sum(_reseal(kind, row, rotation) for row in rows)
        _write(kind, rows)
    rotation.moved += moved
    return rows


def _write(kind: _Kind, rows: list[Any]) -> None:
    """Store the boxes of all rows in one statement; a batch holds its locks a tenth of the time of `bulk_update`."""
    columns = [sql.Identifier(name) for name in kind.bindings]
    statement = sql.SQL("UPDATE {table} SET {boxes} FROM unnest({arrays}) AS new(pk, {columns}) WHERE {pk} = new.pk")
    values = [[_bytes(getattr(row, name)) for row in rows] for name in kind.bindings]
    with database.cursor() as cursor:
        cursor.execute(
            statement.format(
                table=sql.Identifier(kind.model._meta.db_table),
                boxes=sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(column) for column in columns),
                arrays=sql.SQL(", ").join([sql.SQL("%s::uuid[]"), *[sql.SQL("%s::bytea[]")] * len(columns)]),
                columns=sql.SQL(", ").join(columns),
                pk=sql.Identifier(kind.model._meta.db_table, kind.key),
            ),
            [[row.pk for row in rows], *values],
        )


def _bytes(box: bytes | memoryview | None) -> bytes | None:
    return None if box is None else bytes(box)


def _reseal(kind: _Kind, row: Any, rotation: Rotation) -> int:
    """Seal the row's boxes anew under the very same binding; how many. What does not open is left as it is."""
    moved = 0
    for name, bind in kind.bindings.items():
        box = getattr(row, name)
        if not box or vault.key_id_of(box) == next(iter(ring())):
            continue
        try:
            setattr(row, name, vault.seal(vault.open_box(box, bind(row)), bind(row)))
        except vault.Sealed:
            rotation.refused.add(_name(kind.model, row.pk))
        else:
            moved += 1
    return moved


def _name(model: type[Model], pk: object) -> str:
    return f"{model._meta.verbose_name} {pk}"
