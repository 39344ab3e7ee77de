"""The resources behind `overallProcess.href`: what a task is about, in the shape of its kind."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response

from sandbox.company.ids import wid
from sandbox.company.model import AWAITING, Event, Step
from sandbox.company.refusals import not_found
from sandbox.rest.access import Caller, inbox_caller, visible_event
from sandbox.rest.shapes import (
    Json,
    answer,
    delivered_reference,
    href,
    person_reference,
    present,
    reference,
    worker_summary,
)

details = Blueprint("details", __name__)
_HOURS_A_DAY = "8"


@details.get("/businessProcesses/<event>")
def read_process(tenant: str, event: str) -> Response:
    """A business process in general."""
    who = inbox_caller(tenant)
    return answer(present(_process(who, _of(who, event, "businessProcesses"))))


@details.get("/businessTitleChanges/<event>")
def read_title_change(tenant: str, event: str) -> Response:
    """A change of somebody's business title."""
    who = inbox_caller(tenant)
    found = _of(who, event, "businessTitleChanges")
    return answer(present(_process(who, found) | found.details))


@details.get("/timeOffRequest/<event>")
def read_time_off(tenant: str, event: str) -> Response:
    """A request for time off, with one entry a day."""
    who = inbox_caller(tenant)
    return answer(present(_time_off(who, _of(who, event, "timeOffRequest"))))


def _of(who: Caller, event_id: str, resource: str) -> Event:
    event = visible_event(who, event_id)
    if event.resource != resource:
        raise not_found("unknown resource")
    return event


def _process(who: Caller, event: Event) -> Json:
    tenant = who.tenant
    initiator = tenant.company.by_wid[event.initiator]
    return {
        "id": event.id,
        "descriptor": event.descriptor,
        "href": href(tenant, event.resource, event.id),
        "due": event.due,
        "effective": event.effective,
        "initiated": event.created,
        "initiator": reference(tenant, initiator.ref()),
        "subject": reference(tenant, event.about),
    }


def _time_off(who: Caller, event: Event) -> Json:
    tenant, company = who.tenant, who.tenant.company
    steps = [company.steps[key] for key in event.steps]
    awaiting = [step for step in steps if step.status == AWAITING]
    done = [step for step in steps if step.completed_by]
    last = company.by_wid[done[-1].completed_by or ""] if done else None
    return {
        "id": event.id,
        "descriptor": event.descriptor,
        "href": href(tenant, event.resource, event.id),
        "subject": reference(tenant, event.about),
        "eventRecordsAwaitingAction": [_awaiting(who, step) for step in awaiting],
        "transactionStatus": delivered_reference("eventStatus", event.status),
        "approvalWID": awaiting[0].id if awaiting else None,
        "workersCompletedMostRecentStep": worker_summary(tenant, last) if last else None,
        "timeOffEntry": _entries(who, event),
        "due": event.due,
    }


def _awaiting(who: Caller, step: Step) -> Json:
    company = who.tenant.company
    return {
        "id": step.id,
        "descriptor": step.descriptor,
        "href": href(who.tenant, "inboxTasks", step.id),
        "assignedToWorkers": [worker_summary(who.tenant, company.by_wid[each]) for each in step.awaiting],
    }


def _entries(who: Caller, event: Event) -> list[Json]:
    first = date.fromisoformat(event.effective)
    return [_entry(who, event, first + timedelta(days=day)) for day in range(event.details["days"])]


def _entry(who: Caller, event: Event, day: date) -> Json:
    # `units` is a text on the wire, although the specification calls it a number.
    name = who.tenant.company.by_wid[event.initiator].name
    plan = wid("plan", who.tenant.name, "vacation")
    return {
        "id": wid("entry", event.id, day.isoformat()),
        "descriptor": f"{day.strftime('%m/%d/%Y')} - {_HOURS_A_DAY} Hours ({name})",
        "timeOff": {
            "id": plan,
            "descriptor": "Vacation (Hours)",
            "href": href(who.tenant, "timeOff", plan),
            "plan": {"id": plan[::-1], "descriptor": "Vacation"},
        },
        "timeOffRequest": {
            "id": event.id,
            "descriptor": event.descriptor,
            "href": href(who.tenant, event.resource, event.id),
            "status": event.status,
        },
        "units": _HOURS_A_DAY,
        "employee": person_reference(who.tenant, event.initiator),
        "unitOfTime": delivered_reference("unitOfTime", "Hours"),
        "date": day.isoformat(),
    }
