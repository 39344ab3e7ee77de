"""What a sandbox company is made of: people, events (business processes) and their steps (inbox tasks)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

AWAITING = "Awaiting Action"
IN_PROGRESS = "In Progress"
COMPLETED = "Successfully Completed"
DENIED = "Denied"
CANCELED = "Canceled"
# Steps a person can approve or deny; every other type can only be opened in Workday.
APPROVABLE = frozenset({"Approval", "Approval Chain", "Consolidated Approval", "Consolidated Approval Chain"})


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an instance; `resource` names the REST collection its href points to, if any."""

    id: str
    descriptor: str
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an inbox. The integration system user has no worker record."""

    key: str
    name: str
    title: str
    wid: str
    employee_id: str
    email: str
    phone: str
    organization: Ref
    manager: str
    is_manager: bool
    years: int
    birth: str
    has_record: bool

    def ref(self) -> Ref:
        """The person as a reference with an href, as lists show it."""
        return Ref(self.wid, self.name, "workers")


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a step or an event. `text` is rich text; `date` is YYYY-MM-DD."""

    date: str
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to an event; `content` is its whole text."""

    id: str
    name: str
    content_type: str
    description: str
    date: str
    uploader: str
    content: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A step that comes later: who will get it is the key of a person."""

    descriptor: str
    step_type: str
    person: str


@dataclass(slots=True, eq=False)
class Step:
    """One event step. While somebody is awaited it is an inbox task, under the same id.

    `assigned` is a UTC date-time with milliseconds, `created`, `due` and `completed` are dates.
    """

    id: str
    event_id: str
    descriptor: str
    step_type: str
    awaiting: list[str]
    assigned: str
    created: str
    order: str
    due: str | None = None
    subject: Ref | None = None
    initiator: Ref | None = None
    shows_process: bool = True
    shows_status: bool = True
    status: str = AWAITING
    completed_by: str | None = None
    completed: str | None = None
    comments: list[Comment] = field(default_factory=list)
    help_text: str = ""
    deny_allowed: bool = True
    send_back_allowed: bool = True
    comment_allowed: bool = True
    deny_actions: list[Ref] = field(default_factory=list)

    @property
    def sort_key(self) -> tuple[str, str]:
        """Oldest first; an inbox is read from the other end."""
        return (self.assigned, self.id)


@dataclass(slots=True, eq=False)
class Event:
    """One run of a business process. `created` is a date-time, the other dates are YYYY-MM-DD."""

    id: str
    kind: str
    process: str
    resource: str
    descriptor: str
    initiator: str
    about: Ref
    created: str
    effective: str
    status: str = IN_PROGRESS
    due: str | None = None
    completed: str | None = None
    plan: list[Planned] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    details: Json = field(default_factory=dict)

    @property
    def initiation_id(self) -> str:
        """The id of the step with which the initiator submitted this event; a send back leads there."""
        return f"{self.id[:12]}82{self.id[14:]}"


def as_record(thing: Step | Event) -> Json:
    """What is stored of a step or an event."""
    return asdict(thing)


def step_from(record: Json) -> Step:
    """The step that `as_record` stored."""
    step = Step(**record)
    step.subject = Ref(**record["subject"]) if record["subject"] else None
    step.initiator = Ref(**record["initiator"]) if record["initiator"] else None
    step.comments = [Comment(**each) for each in record["comments"]]
    step.deny_actions = [Ref(**each) for each in record["deny_actions"]]
    return step


def event_from(record: Json) -> Event:
    """The event that `as_record` stored."""
    event = Event(**record)
    event.about = Ref(**record["about"])
    event.plan = [Planned(**each) for each in record["plan"]]
    event.comments = [Comment(**each) for each in record["comments"]]
    event.attachments = [Attachment(**each) for each in record["attachments"]]
    return event
