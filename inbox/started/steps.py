"""The steps of a business process: with whom it is, what was done, and what comes next."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Now

from connections.tokens import TokenError
from inbox.models import StartedRequest
from inbox.reading import read
from inbox.started import words
from workday.answers import EventStep
from workday.client import Workday
from workday.errors import Answered, WorkdayError
from workday.events import PlannedStep, WaitingStep

Json = dict[str, Any]
# What one person may not see does not make the rest of an answer useless.
HIDDEN = (403, 404)
# The status word of English tenants; in others it is told as a step that waits for the one who began it.
SENT_BACK = "sent back"


@dataclass(slots=True)
class Told:
    """What Workday told of the steps of one event; `untold` names the parts that it does not let this person read."""

    parts: dict[str, list[Json]] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)

    def ask(self, part: str, call: Callable[[], list[Json]]) -> None:
        """Raises WorkdayError unless Workday answers or says that this person may not see it."""
        try:
            self.parts[part] = call()
        except Answered as refusal:
            if refusal.status not in HIDDEN:
                raise
            self.parts[part] = []
            self.untold.append(part)


def ask(request: StartedRequest) -> None:
    """Note that somebody wants to see the steps; the caller hints the worker."""
    StartedRequest.objects.filter(pk=request.pk).update(detail_asked_at=Now())
    request.refresh_from_db(fields=["detail_asked_at"])


def fetch(request_id: uuid.UUID) -> None:
    """Read all steps and keep them, or the reason why they could not be had."""
    request = StartedRequest.objects.select_related("connection__tenant").filter(pk=request_id).first()
    if request is None or not request.connection.is_usable:
        return
    row = StartedRequest.objects.filter(pk=request_id)
    me = request.connection.worker_wid
    try:
        told = read(request.connection, lambda workday: _all(workday, request, me))
    except (WorkdayError, TokenError) as failure:
        row.update(detail_failed_at=Now(), detail_failure=words.failure(failure))
        return
    changes: Json = {"done": told.parts["done"], "planned": told.parts.get("planned", []), "untold": told.untold}
    if "waiting" in told.parts:
        changes |= waiting_columns(told.parts["waiting"], "waiting" in told.untold)
    row.update(detail_as_of=Now(), detail_failure="", detail_failed_at=None, **changes)


def _all(workday: Workday, request: StartedRequest, me: str) -> Told:
    told = Told()
    told.ask("done", lambda: done_of(workday, request.wid))
    if request.is_open:
        told.ask("waiting", lambda: waiting_of(workday, request.wid, me))
        told.ask("planned", lambda: [_planned(step) for step in workday.planned_steps(request.wid)])
        say_who_sent_it_back(told)
    return told


def say_who_sent_it_back(told: Told) -> None:
    """Where the last thing done was to send it back, the step that waits says so."""
    mine = [step for step in told.parts["waiting"] if step["is_mine"]]
    for last in told.parts["done"][-1:]:
        if mine and last["status"].lower() == SENT_BACK:
            mine[0]["sent_back"] = {"by": last["by"], "on": last["on"]}


def waiting_of(workday: Workday, event: str, me: str) -> list[Json]:
    return [_waiting(step, me) for step in workday.waiting_steps(event)]


def done_of(workday: Workday, event: str) -> list[Json]:
    return [_done(step) for step in workday.completed_steps(event)]


def waiting_columns(steps: list[Json], is_hidden: bool) -> Json:
    """What is stored of the steps that wait now, or of not being told about them."""
    return {
        "waiting": steps,
        "waiting_words": " ".join(text for step in steps for text in (step["title"], *step["people"])),
        "waits_for_owner": any(step["is_mine"] for step in steps),
        "waiting_as_of": Now(),
        "waiting_failure": words.HIDDEN_STEPS if is_hidden else "",
    }


def _waiting(step: WaitingStep, me: str) -> Json:
    people = [] if step.is_anonymous else [person.descriptor for person in step.people]
    return {
        "wid": step.id,
        "title": step.title,
        "people": [name for name in people if name],
        "since": _day(step.since),
        "due_on": _day(step.due_on),
        "is_anonymous": step.is_anonymous,
        "is_mine": any(person.id == me for person in step.people),
    }


def _done(step: EventStep) -> Json:
    return {
        "title": step.title,
        "status": step.status.descriptor,
        "by": step.completed_by.descriptor,
        "on": _day(step.completed_at.date() if step.completed_at else None),
        "comments": [{"by": said.person.descriptor, "text": said.text} for said in step.comments if said.text],
    }


def _planned(step: PlannedStep) -> Json:
    return {"title": step.title, "step_type": step.step_type.descriptor, "groups": list(step.groups)}


def _day(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""
