"""How a person's or the ISU's connection stands at a tenant, in words: what is so, since when, why, what to do."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from django.utils.formats import date_format
from django.utils.timezone import localtime

from connections import lifetime
from connections.models import Connection, Tenant

# From when on the end of a connection is spoken of, and from when on it is a warning.
COUNTDOWN_DAYS = 30
WARNING_DAYS = 7

_State = Connection.State
_LABELS = {
    _State.HEALTHY: ("Healthy", "healthy"),
    _State.TROUBLED: ("Temporarily not reachable", "trouble"),
    _State.NEEDS_RECONNECT: ("Needs reconnect", "needs-you"),
    _State.DISABLED: ("Disabled by an administrator", "off"),
    _State.DISCONNECTED: ("Not connected", "off"),
}
_FOR_PERSON = {
    _State.HEALTHY: "",
    _State.TROUBLED: "You need not do anything; it is tried again by itself.",
    _State.NEEDS_RECONNECT: "Reconnect, and decisions that wait go on by themselves.",
    _State.DISABLED: "Ask your administrator if you need it again.",
    _State.DISCONNECTED: "You will sign in to Workday and allow access there. Your password stays in Workday.",
}
_FOR_ADMINISTRATOR = {
    _State.HEALTHY: "Nothing has to be done.",
    _State.TROUBLED: "Nothing yet: it is tried again by itself. If it lasts, check the tenant.",
    _State.NEEDS_RECONNECT: "Only this person can mend it: give them the link to reconnect.",
    _State.DISABLED: "Enable it when it may be used again; then it has to be reconnected.",
    _State.DISCONNECTED: "Give this person the link if they should connect.",
}
_ISU_NEEDS = "Connect the integration system user anew on the tenant's page."
_WAIT = "Your administrator has to mend the link to this tenant."


@dataclass(frozen=True, slots=True)
class Standing:
    """`tone` is the badge's class; `why` and `todo` are sentences, empty where there is nothing to say."""

    tenant: Tenant
    connection: Connection | None
    label: str
    tone: str
    why: str
    todo: str
    since: datetime.datetime | None

    @property
    def is_there(self) -> bool:
        """Whether there is a connection to speak of, be it broken."""
        return self.connection is not None and self.connection.state != _State.DISCONNECTED

    @property
    def is_disabled(self) -> bool:
        return self.connection is not None and self.connection.state == _State.DISABLED

    @property
    def can_be_mended(self) -> bool:
        """Whether connecting anew would help."""
        return not self.is_disabled and not self.tenant.trouble

    @property
    def wants_connecting(self) -> bool:
        """Whether connecting is what should be done next."""
        return self.can_be_mended and (not self.is_usable or self.ends_soon)

    @property
    def is_usable(self) -> bool:
        return self.connection is not None and self.connection.is_usable

    @property
    def ends_at(self) -> datetime.datetime | None:
        return lifetime.ends_at(self.connection) if self.connection else None

    @property
    def days_left(self) -> int | None:
        return lifetime.days_left(self.connection) if self.connection else None

    @property
    def ends_soon(self) -> bool:
        """Whether somebody should connect anew now so that nothing stops; in vain while the tenant is in trouble."""
        return self.days_left is not None and self.days_left <= WARNING_DAYS and not self.tenant.trouble

    @property
    def countdown(self) -> str:
        """Until when to reconnect, from a month before on."""
        end, days = self.ends_at, self.days_left
        if end is None or days is None or days > COUNTDOWN_DAYS or self.tenant.trouble:
            return ""
        if days < 0:
            return "The time that Workday gave this connection has passed; it may stop any day. Reconnect now."
        return f"Reconnect by {date_format(localtime(end), 'j F Y')}, {in_days(days)}."


def for_person(tenant: Tenant, connection: Connection | None) -> Standing:
    """For the connection's own person, who is told what they can do themselves and no more."""
    plain = _plain(tenant, connection, _FOR_PERSON)
    if not tenant.trouble or plain.is_disabled:
        return plain
    if plain.is_usable:
        return replace(_troubled(plain), why=_WAIT, todo="You need not reconnect.")
    later = "reconnect" if plain.is_there else "connect"
    return replace(plain, why=_WAIT, todo=f"Wait until then, and {later} after that.")


def for_administrator(tenant: Tenant, connection: Connection | None) -> Standing:
    """For an administrator, who is told who can mend it and how."""
    plain = _plain(tenant, connection, _FOR_ADMINISTRATOR)
    if plain.is_disabled:
        return replace(plain, label="Disabled")
    if tenant.trouble and plain.is_usable:
        return replace(
            _troubled(plain), why=tenant.trouble, todo="Mend it on the tenant's page; nobody has to reconnect."
        )
    if connection is None:
        return replace(plain, label="Never connected")
    if connection.is_isu and connection.state == _State.NEEDS_RECONNECT:
        return replace(plain, todo=_ISU_NEEDS)
    return plain


def in_days(days: int) -> str:
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case _:
            return f"in {days} days"


def _plain(tenant: Tenant, connection: Connection | None, todo: dict[Connection.State, str]) -> Standing:
    state = _State(connection.state) if connection else _State.DISCONNECTED
    label, tone = _LABELS[state]
    why = connection.state_reason if connection else ""
    return Standing(tenant, connection, label, tone, why, todo[state], connection.state_since if connection else None)


def _troubled(plain: Standing) -> Standing:
    """The connection is good and cannot be used, because of what is wrong at its tenant."""
    label, tone = _LABELS[_State.TROUBLED]
    return replace(plain, label=label, tone=tone, since=plain.tenant.trouble_since)
