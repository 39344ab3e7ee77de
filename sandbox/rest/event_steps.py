"""`eventSteps` of the service businessProcess v1: what awaits one, and acting on it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from sandbox.company.ids import delivered, wid
from sandbox.company.model import APPROVABLE, AWAITING, Step
from sandbox.company.refusals import invalid, not_found
from sandbox.company.workflow import (
    Actor,
    approve,
    deny,
    rich_text,
    send_back,
    send_back_targets,
    to_do,
)
from sandbox.rest.access import Caller, process_caller, visible_step
from sandbox.rest.shapes import (
    Json,
    answer,
    body_object,
    collection,
    comment_shape,
    date_argument,
    delivered_reference,
    id_in,
    page,
    person_reference,
    present,
    reference,
    text_in,
)
from sandbox.wire.middleware import mark_applied
from sandbox.world import Tenant

event_steps = Blueprint("event_steps", __name__)
_MAX_PROMPT_VALUES = 1000


@event_steps.get("/eventSteps")
def list_steps(tenant: str) -> Response:
    """The steps that await the caller, ordered by id."""
    who = process_caller(tenant)
    steps = sorted((step for step in who.tenant.company.inbox(who.person) if _asked(who, step)), key=lambda s: s.id)
    return collection(len(steps), [step_shape(who.tenant, step) for step in page(steps)])


@event_steps.get("/eventSteps/<step_id>")
def read_step(tenant: str, step_id: str) -> Response:
    """One step, also when it is done; unless the tenant hides those."""
    who = process_caller(tenant)
    step = visible_step(who, step_id)
    if step.status != AWAITING and who.tenant.settings.hide_completed_steps:
        raise not_found("unknown resource")
    return answer(step_shape(who.tenant, step))


@event_steps.post("/eventSteps/<step_id>/approve")
def approve_step(tenant: str, step_id: str) -> Response:
    """Approve. Since June 2026 a comment is required."""
    who = process_caller(tenant)
    step, body = visible_step(who, step_id), body_object()
    comment = _comment(who, step, body, "Specify a comment.")
    approve(_actor(who), step, rich_text(comment))
    return _acted(who, step, body)


@event_steps.post("/eventSteps/<step_id>/deny")
def deny_step(tenant: str, step_id: str) -> Response:
    """Deny."""
    who = process_caller(tenant)
    step, body = visible_step(who, step_id), body_object()
    comment = _comment(who, step, body, "A comment is required")
    deny(_actor(who), step, rich_text(comment), id_in(body, "stepAction"))
    return _acted(who, step, body)


@event_steps.post("/eventSteps/<step_id>/sendBack")
def send_back_step(tenant: str, step_id: str) -> Response:
    """Send back. The text is called `reason` here; the code of a missing one is not known, so there is none."""
    who = process_caller(tenant)
    step, body = visible_step(who, step_id), body_object()
    reason = text_in(body, "reason")
    if not reason and _is_awaited(who, step):
        raise invalid("Specify a reason.", field="reason")
    allowed = who.tenant.settings.send_back_allowed
    send_back(_actor(who), step, rich_text(reason), id_in(body, "to"), allowed)
    mark_applied(request.environ)
    echo = {"id": step.id, "descriptor": step.descriptor, "reason": body["reason"], "to": body["to"]}
    return answer(present(echo | {"status": delivered_reference("stepStatus", step.status)}), 201)


@event_steps.post("/eventSteps/<step_id>/toDo")
def to_do_step(tenant: str, step_id: str) -> Response:
    """Submit, skip or save a To Do."""
    who = process_caller(tenant)
    step, body = visible_step(who, step_id), body_object()
    comment = text_in(body, "comment")
    to_do(_actor(who), step, id_in(body, "stepAction"), rich_text(comment))
    mark_applied(request.environ)
    echo = {
        "id": step.id,
        "descriptor": step.descriptor,
        "comment": comment,
        "stepAction": body["stepAction"],
    }
    return answer(present(echo), 201)


@event_steps.get("/values/sendBack/to/")
@event_steps.get("/values/sendBack/to")
def list_send_back_targets(tenant: str) -> Response:
    """Where a step may be sent back to; an empty list means it cannot be sent back (inferred)."""
    who = process_caller(tenant)
    step = who.tenant.company.steps.get(request.args.get("eventStep", ""))
    targets = []
    if step and _is_awaited(who, step) and step.send_back_allowed and who.tenant.settings.send_back_allowed:
        search = request.args.get("search", "").lower()
        found = send_back_targets(who.tenant.company.event_of(step))
        targets = [reference(who.tenant, each) for each in found if search in each.descriptor.lower()]
    return collection(len(targets), page(targets, _MAX_PROMPT_VALUES, _MAX_PROMPT_VALUES))


def step_shape(tenant: Tenant, step: Step) -> Json:
    """An event step. Only one that is done has a completing person and date."""
    event = tenant.company.event_of(step)
    event_reference = {"id": event.id, "descriptor": event.descriptor}
    awaiting = step.awaiting if step.status == AWAITING else []
    return present(
        {
            "id": step.id,
            "descriptor": step.descriptor,
            "event": event_reference,
            "overallProcess": event_reference,
            "businessProcess": delivered_reference("processType", event.process),
            "businessProcessStep": _definition(event.kind, step.descriptor),
            "stepEvent": {"id": step.id, "descriptor": step.descriptor},
            "stepType": delivered_reference("stepType", step.step_type),
            "status": delivered_reference("stepStatus", step.status),
            "task": delivered_reference("task", step.descriptor),
            "awaitingPersons": [person_reference(tenant, each) for each in awaiting],
            "completedByPerson": person_reference(tenant, step.completed_by) if step.completed_by else None,
            "comments": [comment_shape(tenant, each) for each in step.comments],
            "creationDate": step.created,
            "dueDate": step.due,
            "completedDate": step.completed,
            "order": step.order,
            "stepHelpText": step.help_text,
        }
    )


def _definition(kind: str, descriptor: str) -> Json:
    return {"id": wid("definition", kind, descriptor), "descriptor": descriptor}


def _asked(who: Caller, step: Step) -> bool:
    """Whether a step passes the filters of the request. Raises RefusalError (400) for a date that is none."""
    process, step_type = request.args.getlist("businessProcess"), request.args.getlist("stepType")
    event = who.tenant.company.event_of(step)
    after, before = date_argument("createdOnOrAfter"), date_argument("createdOnOrBefore")
    due_after, due_before = date_argument("dueDateOnOrAfter"), date_argument("dueDateOnOrBefore")
    return all(
        (
            not process or delivered("processType", event.process) in process,
            not step_type or delivered("stepType", step.step_type) in step_type,
            not after or step.created >= after,
            not before or step.created <= before,
            not due_after or bool(step.due and step.due >= due_after),
            not due_before or bool(step.due and step.due <= due_before),
        )
    )


def _actor(who: Caller) -> Actor:
    return Actor(who.tenant.company, who.person, who.tenant.settings.auto_complete)


def _is_awaited(who: Caller, step: Step) -> bool:
    return step.status == AWAITING and who.person.wid in step.awaiting


def _comment(who: Caller, step: Step, body: Json, complaint: str) -> str:
    """The comment of a decision. Raises RefusalError (A181, A1573) if the step could otherwise be decided."""
    comment = text_in(body, "comment")
    if not _is_awaited(who, step) or step.step_type not in APPROVABLE:
        return comment
    if comment and not step.comment_allowed:
        raise invalid("You can't comment on this business process type.", "A1573", "comment")
    if not comment and step.comment_allowed and who.tenant.settings.comment_required:
        raise invalid(complaint, "A181", "comment")
    return comment


def _acted(who: Caller, step: Step, body: Json) -> Response:
    """201 with the request's representation and where the event stands now."""
    mark_applied(request.environ)
    event = who.tenant.company.event_of(step)
    echo = {"id": step.id, "descriptor": step.descriptor, "comment": body.get("comment")}
    echo |= {
        "stepAction": body.get("stepAction"),
        "eventStatus": delivered_reference("eventStatus", event.status),
    }
    return answer(present(echo), 201)
