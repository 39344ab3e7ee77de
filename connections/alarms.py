"""Alarms of the vault: tokens that should open and do not, or that are older than the audit record says.

Nothing of the application leaves such a row behind, so somebody or something else wrote in the database. The row is
not used any more, and the administrators are told.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from dataclasses import dataclass
from enum import Enum

from django.db.models.functions import Now

from audit.models import Event, record
from connections import grants, health, vault
from connections.models import Connection, KeyCheck, Tenant

log = logging.getLogger(__name__)

VERB = "vault.refused"
TAMPERED = "What is stored for this connection was changed outside of Countersign. Connect again."
SHOWN_FOR = datetime.timedelta(days=30)
# What is tried again and again, such as a client secret, is told once in this time.
QUIET_FOR = datetime.timedelta(hours=1)


class Cause(Enum):
    """What was found, in fixed words."""

    ACCESS = "The access token does not open where it is stored."
    REFRESH = "The refresh token does not open where it is stored."
    CLIENT_SECRET = "The client secret does not open where it is stored."  # noqa: S105 - a sentence, not a secret.
    OLDER = "The stored tokens are older than the newest ones that were recorded."
    UNKNOWN_KEY = "Something that is stored names a key that was never used here."


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm for the operators: ids and times only."""

    at: datetime.datetime
    cause: Cause
    tenant: str
    subject: uuid.UUID | None


def recent() -> list[Alarm]:
    """The newest hundred of the last thirty days."""
    told = Event.objects.filter(verb=VERB, at__gt=Now() - SHOWN_FOR).order_by("-id")[:100]
    names = dict(Tenant.objects.values_list("pk", "name"))
    return [Alarm(event.at, Cause[event.data["cause"]], _name(event.tenant, names), event.subject) for event in told]


def _name(tenant: uuid.UUID | None, names: dict[uuid.UUID, str]) -> str:
    """The id of one that was removed since."""
    return names.get(tenant, str(tenant)) if tenant else ""


def park_if_tampered(fresh: Connection) -> str | None:
    """Raise the alarm about a connection that is not to be believed and erase its tokens; why, for its person.

    `fresh` has just been read under a lock, in the present transaction. Tokens that were given for another address
    than the tenant's present one do not open either, and are no alarm: the address changed, and they did not.
    """
    cause = suspicion(fresh)
    if cause is None:
        return None
    sound(cause, tenant=fresh.tenant_id, subject=fresh.pk)
    if fresh.is_usable:
        health.need_reconnect(fresh, TAMPERED)
    else:
        grants.forget(fresh)
        fresh.save(update_fields=[*grants.FIELDS])
    return TAMPERED


def suspicion(connection: Connection) -> Cause | None:
    """What is wrong with the stored tokens that the application itself would never leave so."""
    last = grants.recorded(connection)
    if last is not None and connection.generation < last.generation:
        return Cause.OLDER
    moved = last is not None and last.origin != grants.origin_of_tokens(connection)
    for cause, opened in ((Cause.ACCESS, grants.access_token), (Cause.REFRESH, grants.refresh_token)):
        try:
            opened(connection)
        except vault.UnknownKey:
            continue
        except vault.Sealed:
            if not moved:
                return cause
    return None


def client_secret_refused(tenant: Tenant) -> None:
    """The client secret does not open at the very tenant it is stored with."""
    sound(Cause.CLIENT_SECRET, tenant=tenant.pk, subject=tenant.pk)


def is_known(key_id: str) -> bool:
    """Whether some process of this installation has ever sealed with a key of this name."""
    return KeyCheck.objects.filter(key_id=key_id).exists() or key_id in vault.retired_keys()


def sound(cause: Cause, *, tenant: uuid.UUID | None, subject: uuid.UUID | None) -> None:
    """Write the alarm into the audit record and the log, but not again within the hour."""
    alike = Event.objects.filter(verb=VERB, subject=subject, at__gt=Now() - QUIET_FOR, data__cause=cause.name)
    if alike.exists():
        return
    record(VERB, tenant=tenant, subject=subject, cause=cause.name)
    log.error("the vault refused %s at tenant %s: %s", subject, tenant, cause.name)
