"""`events` and `types` of the service businessProcess v1: what happened, what comes, who said what."""

from __future__ import annotations

from flask import Blueprint, Response, request

from sandbox.company.ids import delivered, wid
from sandbox.company.kinds import CATALOGUE
from sandbox.company.model import AWAITING, Attachment, Event, Planned, Step
from sandbox.company.refusals import not_found
from sandbox.rest.access import Caller, process_caller, visible_event
from sandbox.rest.event_steps import step_shape
from sandbox.rest.shapes import (
    Json,
    answer,
    collection,
    comment_shape,
    date_argument,
    delivered_reference,
    page,
    person_reference,
    present,
    reference,
    worker_named,
)
from sandbox.world import Tenant

events = Blueprint("events", __name__)
_IN_PROGRESS = ("id", "descriptor", "awaitingPersons", "businessProcessStep", "creationDate", "dueDate")
_COMPLETED = (
    "id",
    "descriptor",
    "event",
    "awaitingPersons",
    "completedDate",
    "creationDate",
    "status",
    "completedByPerson",
    "order",
    "comments",
    "dueDate",
)


@events.get("/events")
def list_events(tenant: str) -> Response:
    """Events about a worker or begun by one, newest first; without either filter the answer is empty.

    A filter that is given has to fit, so both together give what is about the one and was begun by the other.
    """
    who = process_caller(tenant)
    workers = [worker_named(who, name) for name in request.args.getlist("worker")]
    initiators = [worker_named(who, name) for name in request.args.getlist("initiator")]
    about = {worker.wid for worker in workers if worker}
    begun = {worker.wid for worker in initiators if worker}
    is_answered = bool(workers) or (bool(initiators) and not who.tenant.settings.events_need_worker)
    found = [
        event
        for event in (who.tenant.company.events.values() if is_answered else ())
        if (not workers or event.about.id in about)
        and (not initiators or event.initiator in begun)
        and _asked(event)
        and who.tenant.company.may_see(who.person, event)
    ]
    found.sort(key=lambda event: (event.created, event.id), reverse=True)
    return collection(len(found), [event_shape(who.tenant, event) for event in page(found)])


@events.get("/events/<event_id>")
def read_event(tenant: str, event_id: str) -> Response:
    """One event."""
    who = process_caller(tenant)
    return answer(event_shape(who.tenant, visible_event(who, event_id)))


@events.get("/events/<event_id>/inProgressSteps")
def list_in_progress(tenant: str, event_id: str) -> Response:
    """The steps somebody is awaited for."""
    who = process_caller(tenant)
    steps = [step for step in _steps(who, event_id) if step.status == AWAITING]
    shapes = [_only(step_shape(who.tenant, step), (*_IN_PROGRESS, "status", "order")) for step in page(steps)]
    return collection(len(steps), [shape | {"anonymous": False} for shape in shapes])


@events.get("/events/<event_id>/completedSteps")
def list_completed(tenant: str, event_id: str) -> Response:
    """The steps that are done, the submission first."""
    who = process_caller(tenant)
    event = visible_event(who, event_id)
    steps = [step for step in _steps(who, event_id) if step.status != AWAITING]
    shapes = [_initiation(who.tenant, event)]
    shapes += [_only(step_shape(who.tenant, step), _COMPLETED) for step in steps]
    return collection(len(shapes), page(shapes))


@events.get("/events/<event_id>/remainingSteps")
def list_remaining(tenant: str, event_id: str) -> Response:
    """The steps that may follow."""
    who = process_caller(tenant)
    event = visible_event(who, event_id)
    shapes = [_planned(who, event, number) for number in range(len(event.plan))]
    return collection(len(shapes), page(shapes))


@events.get("/events/<event_id>/comments")
def list_comments(tenant: str, event_id: str) -> Response:
    """All that was said, on the event and on its steps."""
    who = process_caller(tenant)
    event = visible_event(who, event_id)
    comments = [*event.comments, *(each for step in _steps(who, event_id) for each in step.comments)]
    return collection(len(comments), [comment_shape(who.tenant, each) for each in page(comments)])


@events.get("/events/<event_id>/attachments")
def list_attachments(tenant: str, event_id: str) -> Response:
    """The files of an event."""
    who = process_caller(tenant)
    event = visible_event(who, event_id)
    shapes = [_attachment(who.tenant, event, each) for each in page(event.attachments)]
    return collection(len(event.attachments), shapes)


@events.get("/events/<event_id>/attachments/<attachment_id>")
def download_attachment(tenant: str, event_id: str, attachment_id: str) -> Response:
    """The bytes of one file, where `file` points to (inferred)."""
    who = process_caller(tenant)
    event = visible_event(who, event_id)
    found = next((each for each in event.attachments if each.id == attachment_id), None)
    if not found:
        raise not_found("unknown resource")
    disposition = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(found.content, mimetype=found.content_type, headers=disposition)


@events.get("/types")
def list_types(tenant: str) -> Response:
    """All business process types, by id."""
    process_caller(tenant)
    types = sorted((_type(kind.process) for kind in CATALOGUE.values()), key=lambda each: str(each["id"]))
    return collection(len(types), page(types))


@events.get("/types/<type_id>")
def read_type(tenant: str, type_id: str) -> Response:
    """One business process type."""
    process_caller(tenant)
    found = next((_type(kind.process) for kind in CATALOGUE.values() if _type(kind.process)["id"] == type_id), None)
    if not found:
        raise not_found("unknown resource")
    return answer(found)


def event_shape(tenant: Tenant, event: Event) -> Json:
    """An event; here its creation is a date, unlike `initiated` of the classic resource."""
    itself = {"id": event.id, "descriptor": event.descriptor}
    return present(
        itself
        | {
            "creationDate": event.created[:10],
            "completedDate": event.completed,
            "effectiveDate": event.effective,
            "dueDate": event.due,
            "status": delivered_reference("eventStatus", event.status),
            "initiator": person_reference(tenant, event.initiator),
            "for": reference(tenant, event.about),
            "overallBusinessProcess": itself,
        }
    )


def _asked(event: Event) -> bool:
    process, status = request.args.getlist("businessProcess"), request.args.getlist("status")
    begun_after, begun_before = date_argument("initiatedOnOrAfter"), date_argument("initiatedOnOrBefore")
    done_after, done_before = date_argument("completedOnOrAfter"), date_argument("completedOnOrBefore")
    return all(
        (
            not process or delivered("processType", event.process) in process,
            not status or delivered("eventStatus", event.status) in status,
            not begun_after or event.created[:10] >= begun_after,
            not begun_before or event.created[:10] <= begun_before,
            not done_after or bool(event.completed and event.completed >= done_after),
            not done_before or bool(event.completed and event.completed <= done_before),
        )
    )


def _steps(who: Caller, event_id: str) -> list[Step]:
    return [who.tenant.company.steps[key] for key in visible_event(who, event_id).steps]


def _only(shape: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in shape.items() if name in names}


def _initiation(tenant: Tenant, event: Event) -> Json:
    day = event.created[:10]
    return {
        "id": event.initiation_id,
        "descriptor": f"Initiation: {event.descriptor}",
        "event": {"id": event.id, "descriptor": event.descriptor},
        "status": delivered_reference("stepStatus", "Submitted"),
        "completedByPerson": person_reference(tenant, event.initiator),
        "creationDate": day,
        "completedDate": day,
        "order": "a",
    }


def _planned(who: Caller, event: Event, number: int) -> Json:
    planned: Planned = event.plan[number]
    group = who.tenant.company.planned_person(planned, event).title
    return {
        "id": wid("planned", event.id, str(number)),
        "descriptor": planned.descriptor,
        "stepType": delivered_reference("stepType", planned.step_type),
        "step": planned.descriptor,
        "order": chr(ord("c") + number),
        "groups": [{"id": wid("group", group), "descriptor": group}],
        "completionStep": number == len(event.plan) - 1,
    }


def _attachment(tenant: Tenant, event: Event, attachment: Attachment) -> Json:
    place = f"/ccx/api/businessProcess/v1/{tenant.name}/events/{event.id}/attachments/{attachment.id}"
    return {
        "id": attachment.id,
        "fileName": attachment.name,
        "fileLength": len(attachment.content.encode()),
        "contentType": delivered_reference("contentType", attachment.content_type),
        "description": attachment.description,
        "uploadDate": attachment.date,
        "uploadedBy": person_reference(tenant, attachment.uploader),
        "file": f"{request.host_url.rstrip('/')}{place}",
    }


def _type(process: str) -> Json:
    return delivered_reference("processType", process)
