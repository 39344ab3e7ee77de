"""How long a refresh token lives, and renewing those that nobody uses before they end.

Workday's "Refresh Token Timeout (in days)" counts from when the token was given. Whether a refresh that answers with
the same token starts the count anew is not documented, so only a new token counts as one here.
"""

from __future__ import annotations

import datetime
import time
import uuid

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from audit.models import Event, record
from connections import tokens
from connections.models import Connection

DAY = datetime.timedelta(days=1)
TRIED = "connection.renewal_tried"
# One run of the renewals ends by itself well before the worker's hard kill; the next one goes on.
RUN_SECONDS = 45.0
AT_MOST = 500
_HALF_A_LIFE = ExpressionWrapper(F("tenant__refresh_token_days") * Value(DAY / 2), output_field=DurationField())


def ends_at(connection: Connection) -> datetime.datetime | None:
    """When Workday will stop to renew this connection, as far as is known; None where it has no such end."""
    days = connection.tenant.refresh_token_days
    if not days or connection.refresh_token_at is None or not connection.is_usable:
        return None
    if connection.grant == Connection.Grant.CLIENT_CREDENTIALS:
        return None
    return connection.refresh_token_at + days * DAY


def days_left(connection: Connection) -> int | None:
    """Whole days of the reader's calendar until the end, below 0 when it has passed."""
    end = ends_at(connection)
    return None if end is None else (timezone.localdate(end) - timezone.localdate()).days


def idle() -> list[uuid.UUID]:
    """Connections whose refresh token has passed half of its life without anybody's use having renewed it.

    A token that ended within a day, or will, was renewed by use lately: then a server that gives new refresh tokens
    has done so already. Each is tried once a day, the oldest first.
    """
    tried = Event.objects.filter(verb=TRIED, at__gt=Now() - DAY)
    aged = Connection.objects.usable().filter(
        refresh_token_box__isnull=False,
        tenant__trouble="",
        tenant__refresh_token_days__gt=0,
        refresh_token_at__lt=Now() - _HALF_A_LIFE,
    )
    used_lately = Q(access_expires_at__gt=Now() - DAY, access_expires_at__lt=Now() + DAY)
    found = aged.exclude(used_lately).exclude(pk__in=tried.values("subject"))
    return list(found.order_by("refresh_token_at").values_list("pk", flat=True)[:AT_MOST])


def renew_idle() -> int:
    """Renew what is idle; how many were renewed. A tenant that does not answer is left alone until the next run."""
    renewed, stop_at = 0, time.monotonic() + RUN_SECONDS
    silent: set[uuid.UUID] = set()
    for pk in idle():
        if time.monotonic() > stop_at:
            break
        connection = _claim(pk, silent)
        if connection is None:
            continue
        try:
            tokens.renew(connection)
            renewed += 1
        except tokens.NeedsReconnect:
            continue
        except tokens.TokenError:
            silent.add(connection.tenant_id)
    return renewed


def _claim(pk: uuid.UUID, silent: set[uuid.UUID]) -> Connection | None:
    """Note that this one is tried, before it is: of two runs at once, one gets it."""
    with transaction.atomic():
        free = Connection.objects.usable().exclude(tenant__in=silent).select_related("tenant")
        connection = free.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
        if connection is None or _tried_lately(connection):
            return None
        record(TRIED, tenant=connection.tenant_id, subject=connection.pk)
    return connection


def _tried_lately(connection: Connection) -> bool:
    return Event.objects.filter(subject=connection.pk, verb=TRIED, at__gt=Now() - DAY).exists()
