"""Who is connected at a tenant, who is not, and whose connection needs somebody: for administrators."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, FilteredRelation, IntegerField, Q, QuerySet, When
from django.db.models.functions import Now

from accounts.models import User
from connections import standing
from connections.models import Connection, Tenant
from connections.standing import Standing

_State = Connection.State
GLANCE = 10
# Which people are shown, by the word in the page's address.
SHOWN = {"": "Everybody", "attention": "Needs attention", "connected": "Connected", "never": "Not connected"}


@dataclass(frozen=True, slots=True)
class Line:
    """One person, or the ISU where there is none, and how their connection stands."""

    person: User | None
    standing: Standing

    @property
    def name(self) -> str:
        return str(self.person) if self.person else "Integration system user"

    @property
    def can_be_sent_the_link(self) -> bool:
        """Whether it makes sense to ask this person to connect or reconnect."""
        return self.person is not None and self.person.is_active and self.standing.wants_connecting


@dataclass(frozen=True, slots=True)
class Glance:
    """The first lines, and how many people there are of each kind; one may be of several."""

    lines: list[Line]
    everybody: int
    attention: int
    connected: int
    never: int

    @property
    def keeps_tenant(self) -> bool:
        """Whether somebody would lose something with the tenant."""
        isu = [line for line in self.lines if line.person is None and not line.standing.is_disabled]
        return bool(self.attention or self.connected or isu)


def people(tenant: Tenant, *, sought: str = "", shown: str = "") -> QuerySet[User]:
    """Everybody who may sign in, and whoever else has a connection here; those that need somebody come first."""
    here = FilteredRelation("connections", condition=Q(connections__tenant=tenant))
    found = User.objects.annotate(here=here, rank=_rank(tenant)).filter(Q(is_active=True) | _there())
    if sought:
        found = found.filter(
            Q(name__icontains=sought) | Q(email__icontains=sought) | Q(here__worker_name__icontains=sought)
        )
    if shown in _OF_RANK:
        found = found.filter(rank__in=_OF_RANK[shown])
    return found.order_by("rank", "email")


def lines(tenant: Tenant, people: Iterable[User]) -> list[Line]:
    """These people in their order, each with how the connection here stands, if there is one."""
    people = list(people)
    found = {each.user_id: each for each in tenant.connections.filter(user__in=people).select_related("tenant")}
    return [Line(person, standing.for_administrator(tenant, found.get(person.pk))) for person in people]


def isu_line(tenant: Tenant) -> Line | None:
    isu = tenant.connections.filter(kind=Connection.Kind.ISU).select_related("tenant").first()
    if isu is None or isu.state == _State.DISCONNECTED:
        return None
    return Line(None, standing.for_administrator(tenant, isu))


def glance(tenant: Tenant) -> Glance:
    """What the tenant's own page shows: the ISU, and the first people with a connection."""
    kinds = ("attention", "connected", "never")
    of_each_kind = {kind: Count("pk", filter=Q(rank__in=_OF_RANK[kind])) for kind in kinds}
    counted = people(tenant).order_by().aggregate(everybody=Count("pk"), **of_each_kind)
    isu = isu_line(tenant)
    first = lines(tenant, people(tenant, shown="there")[:GLANCE])
    return Glance([isu, *first] if isu else first, **counted)


_OF_RANK = {"there": (0, 1, 2, 3, 4), "attention": (0, 1, 2), "connected": (1, 2, 4), "never": (5,)}


def _there() -> Q:
    return Q(here__isnull=False) & ~Q(here__state=_State.DISCONNECTED)


def _rank(tenant: Tenant) -> Case:
    """The sooner somebody has to act, the lower; those without a connection come last."""
    usable = Q(here__state__in=Connection.USABLE)
    steps = [When(here__state=_State.NEEDS_RECONNECT, then=0)]
    if tenant.refresh_token_days:
        warned = datetime.timedelta(days=tenant.refresh_token_days - standing.WARNING_DAYS)
        steps.append(When(usable & Q(here__refresh_token_at__lt=Now() - warned), then=1))
    steps += [
        When(here__state=_State.TROUBLED, then=2),
        When(here__state=_State.DISABLED, then=3),
        When(usable, then=4),
    ]
    return Case(*steps, default=5, output_field=IntegerField())
