"""What somebody does inside Workday while the app is not looking: the control plane of the company."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.company.kinds import CATALOGUE
from sandbox.company.making import Order, make
from sandbox.company.model import Attachment, Comment, Json, Person, Ref, Step
from sandbox.company.refusals import bad_request, not_found
from sandbox.company.seed import requesters
from sandbox.company.workflow import Actor, approve, cancel, deny, rich_text, send_back, send_back_targets, submit
from sandbox.control.plane import named_tenant, wish
from sandbox.rest.event_steps import step_shape
from sandbox.world import Tenant

company = Blueprint("company", __name__, url_prefix="/_sandbox")
_MAX_TASKS = 20_000
_STEP_FACTS = frozenset(
    {
        "descriptor",
        "due",
        "assigned",
        "step_type",
        "shows_process",
        "shows_status",
        "help_text",
        "deny_allowed",
        "send_back_allowed",
        "comment_allowed",
    }
)
_EVENT_FACTS = frozenset({"effective", "details"})
_SHAPED_FACTS = frozenset({"process", "subject", "deny_actions", "attachments", "comments"})


@company.get("/people")
def read_people() -> Response:
    """Who works here, with the number of their tasks."""
    tenant = named_tenant(request.args)
    return jsonify(people=[person_row(tenant, person) for person in tenant.company.people.values()])


@company.get("/tasks")
def read_tasks() -> Response:
    """The ids of a worker's tasks, newest first, with their kind."""
    tenant = named_tenant(request.args)
    tasks = reversed(tenant.company.inbox(_worker(tenant, request.args)))
    return jsonify(tasks=[{"id": each.id, "kind": tenant.company.event_of(each).kind} for each in tasks])


@company.get("/task")
def read_task() -> Response:
    """One step as businessProcess shows it, whoever asks and whatever is hidden."""
    tenant = named_tenant(request.args)
    return jsonify(step_shape(tenant, _task(tenant, request.args)))


@company.post("/decide")
def decide() -> Response:
    """Somebody acts inside Workday: approve, deny, sendBack or submit; cancel ends the whole process."""
    asked = wish()
    tenant = named_tenant(asked)
    step, text = _task(tenant, asked), rich_text(str(asked.get("comment") or ""))
    actor = Actor(tenant.company, _worker(tenant, asked), tenant.settings.auto_complete)
    match asked.get("action"):
        case "approve":
            approve(actor, step, text)
        case "deny":
            deny(actor, step, text, step.deny_actions[0].id if step.deny_actions else "")
        case "sendBack":
            target = send_back_targets(tenant.company.event_of(step))[0].id
            send_back(actor, step, text, target, allowed=True)
        case "submit":
            submit(actor, step, text)
        case "cancel":
            cancel(actor, tenant.company.event_of(step))
        case _:
            raise bad_request("action must be approve, deny, sendBack, submit or cancel")
    return jsonify(status=step.status)


@company.post("/edit")
def edit() -> Response:
    """Facts of a task change: the step's by name, and those of its event.

    These are `process`, `effective`, `details`, `attachments` and `comments`.
    """
    asked = wish()
    tenant = named_tenant(asked)
    step = _task(tenant, asked)
    changes = asked.get("changes")
    if not isinstance(changes, dict):
        raise bad_request("changes must be an object")
    _edit(tenant, step, dict(changes))
    return jsonify(step_shape(tenant, step))


@company.post("/tasks")
def add_tasks() -> Response:
    """Add up to 20,000 tasks to somebody's inbox; the answer has their ids."""
    asked = wish()
    tenant = named_tenant(asked)
    person, kind, count = _worker(tenant, asked), asked.get("kind", "time_off"), asked.get("count", 1)
    if kind not in CATALOGUE:
        raise bad_request(f"kind must be one of {', '.join(CATALOGUE)}")
    if not isinstance(count, int) or not 1 <= count <= _MAX_TASKS:
        raise bad_request(f"count must be a number from 1 to {_MAX_TASKS}")
    rng = Random()  # noqa: S311 - makes up amounts and names
    return jsonify(tasks=[_add(tenant, person, kind, rng) for _ in range(count)])


@company.post("/delete_task")
def delete_task() -> Response:
    """A task is gone as if it had never been."""
    asked = wish()
    tenant = named_tenant(asked)
    tenant.company.forget_step(_task(tenant, asked))
    return jsonify(deleted=True)


@company.post("/reassign")
def reassign() -> Response:
    """A task awaits somebody else from now on; `worker` is one name or a list of them."""
    asked = wish()
    tenant = named_tenant(asked)
    names = asked.get("worker")
    step = _task(tenant, asked)
    people = [_worker(tenant, {"worker": name}) for name in (names if isinstance(names, list) else [names])]
    tenant.company.withdraw(step)
    step.awaiting = [person.wid for person in people]
    tenant.company.keep_step(step)
    return jsonify(step_shape(tenant, step))


def person_row(tenant: Tenant, person: Person) -> Json:
    """What is told about a person to whoever sets up a test."""
    return {
        "key": person.key,
        "id": person.wid,
        "name": person.name,
        "title": person.title,
        "employee_id": person.employee_id,
        "tasks": len(tenant.company.inbox(person)),
    }


def _add(tenant: Tenant, person: Person, kind: str, rng: Random) -> str:
    requester, now = rng.choice(requesters(tenant.company, person)), datetime.now(UTC)
    order = Order(CATALOGUE[kind], [person], requester, now, rng.randrange(1, 21), with_initiator=True)
    return make(tenant.company, order, rng).id


def _edit(tenant: Tenant, step: Step, changes: dict[str, Any]) -> None:
    event = tenant.company.event_of(step)
    unknown = set(changes) - _STEP_FACTS - _EVENT_FACTS - _SHAPED_FACTS
    if unknown:
        raise bad_request(f"these facts cannot be changed: {', '.join(sorted(unknown))}")
    tenant.company.withdraw(step)
    for name, value in changes.items():
        match name:
            case "process":
                event.descriptor = value
            case "subject":
                step.subject = Ref(**value) if value else None
            case "attachments":
                event.attachments = [Attachment(**each) for each in value]
            case "comments":
                event.comments = [Comment(**each) for each in value]
            case "deny_actions":
                step.deny_actions = [Ref(**each) for each in value]
            case _:
                setattr(step if name in _STEP_FACTS else event, name, value)
    tenant.company.keep_event(event)
    tenant.company.keep_step(step)


def _task(tenant: Tenant, asked: Any) -> Step:
    step = tenant.company.steps.get(str(asked.get("task")))
    if not step:
        raise not_found("unknown task")
    return step


def _worker(tenant: Tenant, asked: Any) -> Person:
    person = tenant.company.person(str(asked.get("worker")))
    if not person:
        raise not_found("unknown worker")
    return person
