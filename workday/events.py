"""What Workday tells of a business process event and its steps, as typed values."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from workday.answers import Reference, reference
from workday.reading import Fields


@dataclass(frozen=True, slots=True)
class Event:
    """One business process. Its dates are days; what Workday leaves out is empty or None."""

    id: str
    title: str
    status: Reference
    initiator: Reference
    about: Reference
    overall: Reference
    started_on: datetime.date | None
    completed_on: datetime.date | None
    effective_on: datetime.date | None
    due_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step somebody is awaited for; `is_anonymous` when Workday says that it does not name the people."""

    id: str
    title: str
    people: tuple[Reference, ...]
    since: datetime.date | None
    due_on: datetime.date | None
    is_anonymous: bool


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that may follow; `groups` are the security groups that can do it. Its id is not needed for anything."""

    title: str
    step_type: Reference
    groups: tuple[str, ...]


def event(found: Fields) -> Event:
    return Event(
        id=found.id() or found.refuse("id"),
        title=found.text("descriptor"),
        status=reference(found.object("status")),
        initiator=reference(found.object("initiator")),
        about=reference(found.object("for")),
        overall=reference(found.object("overallBusinessProcess")),
        started_on=found.date("creationDate"),
        completed_on=found.date("completedDate"),
        effective_on=found.date("effectiveDate"),
        due_on=found.date("dueDate"),
    )


def waiting_step(found: Fields) -> WaitingStep:
    return WaitingStep(
        id=found.id() or found.refuse("id"),
        title=found.text("descriptor"),
        people=tuple(reference(entry) for entry in found.objects("awaitingPersons")),
        since=found.date("creationDate"),
        due_on=found.date("dueDate"),
        is_anonymous=found.raw("anonymous") is True,
    )


def planned_step(found: Fields) -> PlannedStep:
    return PlannedStep(
        title=found.text("step") or found.text("descriptor"),
        step_type=reference(found.object("stepType")),
        groups=tuple(filter(None, (entry.text("descriptor") for entry in found.objects("groups")))),
    )
