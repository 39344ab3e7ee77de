"""The columns that hold boxes, and with which keys they are sealed, asked of the database without opening any.

A box names its key in clear: bytes 2 to 5, see `connections.vault`.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from django.db.models import BinaryField, Count, Model
from django.db.models.functions import Substr

from connections.models import Connection, Tenant, TenantChange


class Column(NamedTuple):
    """One column of boxes; `meaning` is for people."""

    model: type[Model]
    field: str
    meaning: str


COLUMNS = (
    Column(Connection, "access_token_box", "access tokens"),
    Column(Connection, "refresh_token_box", "refresh tokens"),
    Column(Tenant, "client_secret_box", "client secrets"),
    Column(TenantChange, "client_secret_box", "client secrets that wait for a confirmation"),
)


def key_of(field: str) -> Substr:
    """The key id of the box in `field`, for use in a query; NULL where there is no box."""
    return Substr(field, 2, 4, output_field=BinaryField())


def counts() -> dict[Column, Counter[str]]:
    """How many boxes each column holds under each key id."""
    return {column: _count(column) for column in COLUMNS}


def key_ids() -> set[str]:
    """Every key id that some box names."""
    return {key_id for counter in counts().values() for key_id in counter}


def _count(column: Column) -> Counter[str]:
    boxes = column.model._default_manager.exclude(**{column.field: None}).annotate(sealed_with=key_of(column.field))
    grouped = boxes.values_list("sealed_with").annotate(count=Count("pk")).order_by("sealed_with")
    return Counter({bytes(key_id).decode("ascii", "replace"): count for key_id, count in grouped})
