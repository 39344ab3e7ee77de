"""Asking Workday for the parts of one task's detail. What one call does not tell leaves the others as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from inbox.detail.content import Content, DayOff, File, Said, Step, written
from inbox.models import InboxTask
from workday import details
from workday.answers import EventStep, Reference, StepComment
from workday.client import Workday
from workday.details import ProcessFacts
from workday.errors import Answered, WorkdayError
from workday.events import Event, PlannedStep, WaitingStep

# Calls in the air at once for one person who waits; the lane of decisions takes as many.
AT_ONCE = 4
SHOWN_AT_MOST = 100
LABELS = {
    "step": "this step",
    "facts": "what it is about",
    "event": "its dates and status",
    "comments": "comments",
    "done": "what was done before",
    "waiting": "with whom it is",
    "planned": "what comes next",
    "files": "attachments",
}


@dataclass(slots=True)
class Gathered:
    """What was told, and the words for the parts of which no answer came, so that it is worth asking again."""

    content: Content = field(default_factory=Content)
    unanswered: list[str] = field(default_factory=list)


def gather(workday: Workday, task: InboxTask) -> Gathered:
    """All parts that Workday tells. Raises WorkdayError when the token is refused, Workday is busy, or tells nothing.

    Writes and reads nothing of ours, since the calls run on threads of their own.
    """
    told: dict[str, Any] = {"step": _asked(lambda: workday.event_step(task.wid))}
    step = told["step"]
    event = step.event.id if isinstance(step, EventStep) else ""
    calls = _calls(workday, task, event or task.process_wid)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        told |= dict(zip(calls, threads.map(_asked, calls.values()), strict=True))
    _raise_what_concerns_all(told)
    gathered = Gathered(_content(told))
    gathered.content.event = event or task.process_wid
    for part, failure in told.items():
        if isinstance(failure, WorkdayError):
            is_final = isinstance(failure, Answered) and failure.status < 500
            (gathered.content.left_out if is_final else gathered.unanswered).append(LABELS[part])
    return gathered


def _calls(workday: Workday, task: InboxTask, event: str) -> dict[str, Callable[[], Any]]:
    calls: dict[str, Callable[[], Any]] = {}
    if task.process_resource in details.RESOURCES and task.process_wid:
        calls["facts"] = lambda: workday.process_facts(task.process_resource, task.process_wid)
    if event:
        calls |= {
            "event": lambda: workday.event(event),
            "comments": lambda: workday.event_comments(event),
            "done": lambda: workday.completed_steps(event),
            "waiting": lambda: workday.waiting_steps(event),
            "planned": lambda: workday.planned_steps(event),
            "files": lambda: workday.attachments(event),
        }
    return calls


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except WorkdayError as failure:
        return failure


def _raise_what_concerns_all(told: dict[str, Any]) -> None:
    failures = [answer for answer in told.values() if isinstance(answer, WorkdayError)]
    for failure in failures:
        if isinstance(failure, Answered) and failure.status in (401, 429):
            raise failure
    if len(failures) == len(told):
        raise failures[0]


def _content(told: dict[str, Any]) -> Content:
    content = Content()
    if isinstance(told.get("step"), EventStep):
        content.help = told["step"].help
        content.comments = _comments(told["step"].comments)
    if isinstance(told.get("facts"), ProcessFacts):
        _take_facts(content, told["facts"])
    if isinstance(told.get("event"), Event):
        _take_event(content, told["event"])
    if isinstance(told.get("comments"), list):
        content.comments = _comments(told["comments"])
    content.done = [_done(step) for step in _some(told.get("done"))]
    content.waiting = [_waiting(step) for step in _some(told.get("waiting"))]
    content.planned = [_planned(step) for step in _some(told.get("planned"))]
    content.files = [_file(file) for file in _some(told.get("files"))]
    return content


def _some(answer: Any) -> list[Any]:
    return answer[:SHOWN_AT_MOST] if isinstance(answer, list) else []


def _take_facts(content: Content, facts: ProcessFacts) -> None:
    content.about, content.initiator = facts.about.descriptor, facts.initiator.descriptor
    content.status, content.effective_on = facts.status, written(facts.effective_on)
    content.due_on = written(facts.due_on)
    content.title_now, content.title_wanted = facts.title_now, facts.title_wanted
    content.days = [DayOff(written(day.day), day.units, day.unit, day.kind) for day in facts.days[:SHOWN_AT_MOST]]


def _take_event(content: Content, event: Event) -> None:
    content.about = event.about.descriptor or content.about
    content.initiator = event.initiator.descriptor or content.initiator
    content.status = event.status.descriptor or content.status
    content.started_on = written(event.started_on)
    content.effective_on = written(event.effective_on) or content.effective_on
    content.due_on = written(event.due_on) or content.due_on


def _comments(comments: Sequence[StepComment]) -> list[Said]:
    with_words = [each for each in comments if each.text][:SHOWN_AT_MOST]
    return [Said(each.person.descriptor, written(each.at), each.text) for each in with_words]


def _done(step: EventStep) -> Step:
    return Step(step.title, step.status.descriptor, step.completed_by.descriptor, written(step.completed_at))


def _waiting(step: WaitingStep) -> Step:
    return Step(step.title, "", "" if step.is_anonymous else _names(step.people), written(step.since))


def _planned(step: PlannedStep) -> Step:
    return Step(step.title, "", ", ".join(step.groups), "")


def _file(file: details.Attachment) -> File:
    return File(
        id=file.id,
        name=file.name,
        size=file.size,
        content_type=file.content_type,
        note=file.description or file.category,
        who=file.added_by.descriptor,
        when=written(file.added_on),
    )


def _names(people: Sequence[Reference]) -> str:
    return ", ".join(filter(None, (person.descriptor for person in people)))
