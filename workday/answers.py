"""What Workday answers, as typed values. Nothing untyped leaves this package."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from workday.reading import Fields, from_rich_text

_WID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Reference:
    """An instance of something in Workday; all fields are empty, and the whole false, when Workday left it out."""

    id: str = ""
    descriptor: str = ""
    href: str = ""

    def __bool__(self) -> bool:
        return bool(self.id or self.descriptor)

    @property
    def resource(self) -> str:
        """The resource's name in the href, such as timeOffRequest; the href itself is never followed."""
        try:
            segments = urlsplit(self.href).path.rstrip("/").split("/")
        except ValueError:
            return ""
        return segments[-2][:100] if len(segments) > 2 else ""


@dataclass(frozen=True, slots=True)
class Worker:
    id: str
    name: str
    business_title: str = ""


@dataclass(frozen=True, slots=True)
class InboxTask:
    """One line of an inbox. Its id is also the id of the business process event step."""

    id: str
    title: str
    assigned_at: datetime.datetime | None
    due_on: datetime.date | None
    status: Reference
    step_type: Reference
    subject: Reference
    process: Reference
    initiator: Reference


@dataclass(frozen=True, slots=True)
class StepComment:
    """What somebody wrote at a step; `text` is plain although Workday keeps rich text."""

    person: Reference
    text: str
    at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class EventStep:
    id: str
    title: str
    status: Reference
    step_type: Reference
    event: Reference
    completed_by: Reference
    completed_at: datetime.datetime | None
    comments: tuple[StepComment, ...]
    awaiting: tuple[Reference, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Echo:
    """Workday's confirmation of a decision."""

    id: str
    status_descriptor: str


def reference(found: Fields) -> Reference:
    return Reference(found.id(), found.text("descriptor"), found.text("href"))


def worker(found: Fields) -> Worker:
    return Worker(_required_wid(found), found.text("descriptor"), found.text("businessTitle"))


def inbox_task(found: Fields) -> InboxTask:
    return InboxTask(
        id=_required_id(found),
        title=found.text("descriptor"),
        assigned_at=found.moment("assigned"),
        due_on=found.date("due"),
        status=reference(found.object("status")),
        step_type=reference(found.object("stepType")),
        subject=reference(found.object("subject")),
        process=reference(found.object("overallProcess")),
        initiator=reference(found.object("initiator")),
    )


def event_step(found: Fields) -> EventStep:
    return EventStep(
        id=_required_id(found),
        title=found.text("descriptor"),
        status=reference(found.object("status")),
        step_type=reference(found.object("stepType")),
        event=reference(found.object("event")),
        completed_by=reference(found.object("completedByPerson")),
        completed_at=found.moment("completedDate"),
        comments=tuple(step_comment(entry) for entry in found.objects("comments")),
        awaiting=tuple(reference(entry) for entry in found.objects("awaitingPersons")),
        help=_help(found),
    )


def step_comment(found: Fields) -> StepComment:
    text = found.raw("comment")
    if text is not None and not isinstance(text, str):
        found.refuse("comment")
    return StepComment(reference(found.object("person")), from_rich_text(text or ""), found.moment("commentDate"))


def _help(found: Fields) -> str:
    """What the process's author says about the step. Decisions rest on a step, so nothing about this one breaks it."""
    text = found.raw("stepHelpText")
    return from_rich_text(text) if isinstance(text, str) else ""


def _required_wid(found: Fields) -> str:
    """Only the WID is a worker's own for ever; a reference such as Employee_ID=21005 can be given to somebody else."""
    identifier = _required_id(found)
    return identifier if _WID.fullmatch(identifier) else found.refuse("id")


def _required_id(found: Fields) -> str:
    return found.id() or found.refuse("id")
