"""Workers and their inbox, as the classic service and the service `common` show them."""

from __future__ import annotations

import time

from flask import Blueprint, Response, request

from sandbox.company.model import Person, Step
from sandbox.company.refusals import bad_request, forbidden, invalid, not_found
from sandbox.company.workflow import Actor, approve, deny
from sandbox.rest.access import Caller, caller, inbox_caller, waiting_task
from sandbox.rest.shapes import (
    Json,
    answer,
    body_object,
    collection,
    delivered_reference,
    href,
    page,
    present,
    reference,
    text_in,
    worker_named,
    worker_summary,
)
from sandbox.wire.middleware import mark_applied
from sandbox.world import Tenant

inbox = Blueprint("inbox", __name__)
# Deciding with PUT exists below the two classic prefixes only: no copy of the `common` specification has it.
inbox_decisions = Blueprint("inbox_decisions", __name__)


@inbox.get("/workers/<worker>")
def read_worker(tenant: str, worker: str) -> Response:
    """Who somebody is. Without a worker record, as most integration users are, `me` is 404 (inferred)."""
    who = caller(tenant)
    person = worker_named(who, worker)
    if not person or not (person.has_record or who.tenant.settings.isu_has_worker):
        raise not_found("unknown resource")
    return answer(present(_worker(who, person)))


@inbox.get("/workers/<worker>/inboxTasks")
def list_tasks(tenant: str, worker: str) -> Response:
    """A page of one's own inbox, newest first."""
    who = inbox_caller(tenant)
    _own_inbox(who, worker)
    tasks = _tasks(who)
    return collection(len(tasks), [task_shape(who.tenant, step) for step in page(tasks)])


@inbox.get("/workers/<worker>/inboxTasks/<task>")
def read_workers_task(tenant: str, worker: str, task: str) -> Response:
    """One task of one's own inbox."""
    who = inbox_caller(tenant)
    _own_inbox(who, worker)
    return answer(task_shape(who.tenant, waiting_task(who, task)))


@inbox.get("/inboxTasks/<task>")
def read_task(tenant: str, task: str) -> Response:
    """One task, where the hrefs of the list lead."""
    who = inbox_caller(tenant)
    return answer(task_shape(who.tenant, waiting_task(who, task)))


@inbox_decisions.put("/inboxTasks/<task>")
def decide_task(tenant: str, task: str) -> Response:
    """Approve or deny the classic way.

    Inferred, as nobody published it: a task that is gone from the inbox is 404, a step type other than
    Approval is 400 with the codes of businessProcess, and the comment, which clients escape, is taken as rich text.
    """
    who = inbox_caller(tenant)
    if not who.tenant.settings.classic_allowed:
        raise forbidden()
    action = request.args.get("type")
    if action not in {"approval", "denial"}:
        raise bad_request("type must be approval or denial")
    comment = text_in(body_object(), "comment")
    step = waiting_task(who, task)
    if step.step_type != "Approval":
        raise invalid("This event step type cannot be approved", "A190" if action == "approval" else "A183")
    actor = Actor(who.tenant.company, who.person, who.tenant.settings.auto_complete)
    act = approve if action == "approval" else deny
    act(actor, step, f"<p>{comment}</p>" if comment else "")
    mark_applied(request.environ)
    link = href(who.tenant, "inboxTasks", step.id)
    return answer({"id": step.id, "descriptor": step.descriptor, "href": link})


def task_shape(tenant: Tenant, step: Step) -> Json:
    """An inbox task. What is empty is left out, not null; the order of keys differs."""
    event = tenant.company.event_of(step)
    return present(
        {
            "id": step.id,
            "descriptor": step.descriptor,
            "href": href(tenant, "inboxTasks", step.id),
            "stepType": delivered_reference("stepType", step.step_type),
            "assigned": step.assigned,
            "due": step.due,
            "subject": reference(tenant, step.subject) if step.subject else None,
            "overallProcess": {
                "descriptor": event.descriptor,
                "id": event.id,
                "href": href(tenant, event.resource, event.id),
            }
            if step.shows_process
            else None,
            "status": delivered_reference("stepStatus", step.status) if step.shows_status else None,
            "initiator": reference(tenant, step.initiator) if step.initiator else None,
        }
    )


def _own_inbox(who: Caller, worker: str) -> None:
    """Raises RefusalError: 404 for nobody, 403 for somebody else's inbox (inferred)."""
    person = worker_named(who, worker)
    if not person:
        raise not_found("unknown resource")
    if person.wid != who.person.wid:
        raise forbidden()


def _tasks(who: Caller) -> list[Step]:
    """Newest first. A tenant switched to cache its lists serves an old one until it is old enough."""
    fresh = who.tenant.company.inbox(who.person)[::-1]
    seconds = who.tenant.settings.list_cache_seconds
    if not seconds:
        return fresh
    made, cached = who.tenant.lists.get(("inbox", who.person.wid), (0.0, []))
    if time.monotonic() - made < seconds:
        return cached
    who.tenant.lists["inbox", who.person.wid] = (time.monotonic(), fresh)
    return fresh


def _worker(who: Caller, person: Person) -> Json:
    """A worker's profile. Others see less of it than the worker: fields one may not see are left out."""
    tenant = who.tenant
    shape = {
        **worker_summary(tenant, person),
        "isManager": person.is_manager,
        "primaryWorkPhone": person.phone,
        "location": {"id": person.organization.id[::-1], "descriptor": "Bremerhaven"},
    }
    if person.wid == who.person.wid:
        shape |= {
            "yearsOfService": person.years,
            "dateOfBirth": person.birth,
            "primaryWorkAddressText": "Am Hafen 4, 27568 Bremerhaven, Germany",
            "supervisoryOrganizationsManaged": f"{shape['href']}/supervisoryOrganizationsManaged",
        }
    return shape
