"""Who asks, and whether they may: the first lines of every REST view."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from sandbox.company.model import AWAITING, Event, Person, Step
from sandbox.company.refusals import forbidden, not_found, unauthorized
from sandbox.world import Tenant, the_tenant, the_world


class Caller(NamedTuple):
    """The person whose token came with the request, in their tenant."""

    tenant: Tenant
    person: Person


def caller(tenant: str) -> Caller:
    """Whose token this is. Raises RefusalError: 404 for an unknown tenant, 401 for a token that does not hold."""
    asked = the_tenant(tenant)
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer "):
        raise unauthorized("Unauthorized")
    found = the_world().bearer(request.path, authorization)
    if not found:
        raise unauthorized("Invalid Access Token")
    return Caller(asked, asked.company.by_wid[found[1].worker])


def inbox_caller(tenant: str) -> Caller:
    """A caller who may use inbox resources (domain Core Navigation). Raises RefusalError (403 S22)."""
    who = caller(tenant)
    if not who.tenant.settings.core_navigation_allowed:
        raise forbidden()
    return who


def process_caller(tenant: str) -> Caller:
    """A caller who may use businessProcess (domain Public Business Processes). Raises RefusalError (403 S22)."""
    who = inbox_caller(tenant)
    if not who.tenant.settings.business_process_allowed:
        raise forbidden()
    return who


def visible_event(who: Caller, event_id: str) -> Event:
    """An event the caller may view. Raises RefusalError (404) for an unknown one and for somebody else's alike."""
    event = who.tenant.company.events.get(event_id)
    if not event or not who.tenant.company.may_see(who.person, event):
        raise not_found("unknown resource")
    return event


def visible_step(who: Caller, step_id: str) -> Step:
    """A step of an event the caller may view. Raises RefusalError (404)."""
    step = who.tenant.company.steps.get(step_id)
    if not step:
        raise not_found("unknown resource")
    visible_event(who, step.event_id)
    return step


def waiting_task(who: Caller, task_id: str) -> Step:
    """A task in the caller's own inbox. Raises RefusalError (404) when it is not, or not any more, there."""
    step = who.tenant.company.steps.get(task_id)
    if not step or step.status != AWAITING or who.person.wid not in step.awaiting:
        raise not_found("unknown resource")
    return step
