"""What happens to a process when somebody acts on one of its steps.

Codes and texts are those of the businessProcess service (OpenAPI, September 2026 and 2022 copies). Where the
copies do not say in which order the rules are checked, this is inferred: first whether the step awaits the
person at all (A212), then its type, then what the person wrote.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from sandbox.company.clock import now, today
from sandbox.company.company import Company
from sandbox.company.ids import ACTION_SAVE_FOR_LATER, ACTION_SKIP, ACTION_SUBMIT
from sandbox.company.model import (
    APPROVABLE,
    AWAITING,
    CANCELED,
    COMPLETED,
    DENIED,
    Comment,
    Event,
    Person,
    Planned,
    Ref,
    Step,
)
from sandbox.company.refusals import invalid

TO_DO_ACTIONS = {ACTION_SUBMIT: "Submitted", ACTION_SKIP: "Skipped", ACTION_SAVE_FOR_LATER: AWAITING}


class Actor(NamedTuple):
    """Somebody about to act; `auto_complete` is the tenant's wish that no further step follows."""

    company: Company
    person: Person
    auto_complete: bool = False


def rich_text(comment: str) -> str:
    """A plain comment as Workday keeps it: escaped and wrapped, because the field is rich text (inferred)."""
    return f"<p>{escape(comment)}</p>" if comment else ""


def approve(actor: Actor, step: Step, text: str) -> None:
    """Approve a step; `text` is rich text. Raises RefusalError (A212, A190)."""
    _awaited(actor, step)
    if step.step_type not in APPROVABLE:
        raise invalid("This event step type cannot be approved", "A190")
    _complete(actor, step, "Approved", text)
    _move_on(actor, step)


def deny(actor: Actor, step: Step, text: str, chosen: str = "") -> None:
    """Deny a step, which ends its process. Raises RefusalError (A212, A183, A225, A234)."""
    _awaited(actor, step)
    if step.step_type not in APPROVABLE:
        raise invalid("This event step cannot be denied", "A183")
    if not step.deny_allowed:
        raise invalid("You are not authorized to deny this event step", "A225")
    if len(step.deny_actions) > 1 and chosen not in {action.id for action in step.deny_actions}:
        raise invalid("A step action is required when multiple values are available", "A234", "stepAction")
    _complete(actor, step, "Denied", text)
    _end(actor.company, actor.company.event_of(step), DENIED)


def send_back(actor: Actor, step: Step, text: str, target: str, allowed: bool) -> None:
    """Send a step back to its initiator. Raises RefusalError (A212, A227, A202)."""
    _awaited(actor, step)
    company, event = actor.company, actor.company.event_of(step)
    if not allowed or not step.send_back_allowed:
        raise invalid("The step you are sending back from isn't supported for this business process.", "A227")
    if target not in {each.id for each in send_back_targets(event)}:
        raise invalid("The step you are sending back to isn't supported for this business process.", "A202")
    _complete(actor, step, "Sent Back", text)
    event.plan.insert(0, Planned(step.descriptor, step.step_type, actor.person.key))
    _open_step(company, event, f"Revise: {event.descriptor}", "Action", company.by_wid[event.initiator])


def to_do(actor: Actor, step: Step, action: str, text: str) -> None:
    """Act on a To Do. Raises RefusalError (A212, A1572, A1574; the texts of the last two are inferred)."""
    _awaited(actor, step)
    if step.step_type != "To Do":
        raise invalid("This event step isn't a To Do.", "A1572")
    if action not in TO_DO_ACTIONS:
        raise invalid("Specify a valid step action.", "A1574", "stepAction")
    if action == ACTION_SAVE_FOR_LATER:
        step.comments += [Comment(today(), actor.person.wid, text)] if text else []
        actor.company.keep_step(step)
        return
    _complete(actor, step, TO_DO_ACTIONS[action], text)
    _move_on(actor, step)


def submit(actor: Actor, step: Step, text: str) -> None:
    """Finish a step that is only done inside Workday, such as revising what was sent back."""
    _awaited(actor, step)
    _complete(actor, step, "Submitted", text)
    _move_on(actor, step)


def cancel(actor: Actor, event: Event) -> None:
    """End a process before it is through; what awaited somebody awaits nobody any more."""
    for step in [actor.company.steps[key] for key in event.steps]:
        if step.status == AWAITING:
            _complete(actor, step, CANCELED, "")
    _end(actor.company, event, CANCELED)


def send_back_targets(event: Event) -> list[Ref]:
    """Where a step may be sent back to: the initiation, as far as the facts go."""
    return [Ref(event.initiation_id, f"Initiation: {event.descriptor}")]


def _awaited(actor: Actor, step: Step) -> None:
    if step.status != AWAITING or actor.person.wid not in step.awaiting:
        raise invalid("This event step is not awaiting your action.", "A212")


def _complete(actor: Actor, step: Step, status: str, text: str) -> None:
    step.status = status
    step.completed_by = actor.person.wid
    step.completed = today()
    if text:
        step.comments.append(Comment(step.completed, actor.person.wid, text))
    actor.company.keep_step(step)


def _move_on(actor: Actor, step: Step) -> None:
    company, event = actor.company, actor.company.event_of(step)
    if actor.auto_complete or not event.plan:
        _end(company, event, COMPLETED)
        return
    planned = event.plan.pop(0)
    _open_step(company, event, planned.descriptor, planned.step_type, company.planned_person(planned, event))


def _end(company: Company, event: Event, status: str) -> None:
    event.status = status
    event.completed = today()
    event.plan.clear()
    company.keep_event(event)


def _open_step(company: Company, event: Event, descriptor: str, step_type: str, person: Person) -> None:
    step = Step(
        id=company.next_step_id(event),
        event_id=event.id,
        descriptor=descriptor,
        step_type=step_type,
        awaiting=[person.wid],
        assigned=now(),
        created=today(),
        order=chr(ord("b") + len(event.steps) % 24),
        subject=event.about,
        initiator=company.ref(event.initiator),
    )
    event.steps.append(step.id)
    company.keep_event(event)
    company.keep_step(step)
