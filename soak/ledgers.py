"""Comparing three ledgers: the clicks that were acknowledged, the rows they left, and what the far side saw and did.

`compare` is pure: it gets plain values and returns what is wrong. Whoever runs a fault test collects the values.
"""

from __future__ import annotations

import datetime
import enum
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from inbox.states import EDGES, FINAL, Action, State

# Statuses with which Workday says that it did not do what was asked, whatever it was.
TURNED_AWAY = (401, 429)
STEP_STATUS = {
    Action.APPROVE: "Approved",
    Action.REJECT: "Denied",
    Action.SEND_BACK: "Sent Back",
    Action.DONE: "Submitted",
}
AWAITING = "Awaiting Action"
_WRITE = re.compile(r"/(?:eventSteps/(?P<step>[^/]+)/(?P<verb>approve|deny|sendBack|toDo)|inboxTasks/(?P<task>[^/]+))$")
_READ = re.compile(r"/(?:eventSteps|inboxTasks)/(?P<task>[^/]+)$")
_VERBS = {
    "approve": Action.APPROVE,
    "approval": Action.APPROVE,
    "deny": Action.REJECT,
    "denial": Action.REJECT,
    "sendBack": Action.SEND_BACK,
    "toDo": Action.DONE,
}


class Kind(enum.Enum):
    """What can be wrong. The value is what a person reads."""

    LOST = "lost"
    INVENTED = "invented"
    DOUBLED = "doubled"
    WRONG = "wrong state"
    UNFINISHED = "not finished"
    BLIND = "blind resend"
    FOREIGN = "foreign token"
    EDGE = "edge not allowed"
    UNDECLARED = "sent without an intent"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation; `subject` is the decision's id, the task's or the form's nonce."""

    kind: Kind
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.subject} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Click:
    """A form that somebody sent. `acknowledged` when the answer said that it was accepted, `undone` likewise.

    `to` is where it is to be sent back to; empty for everything else.
    """

    nonce: str
    task: str
    action: str
    acknowledged: bool
    undone: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One row of the attempts, in order of its number."""

    started_at: datetime.datetime
    deadline_at: datetime.datetime
    status: int | None = None
    code: str = ""

    @property
    def was_turned_away(self) -> bool:
        return self.status in TURNED_AWAY or self.code in ("not-sent", "token")


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision with its attempts and its audit events; `moves` are (state before, state after), oldest first."""

    id: str
    nonce: str
    task: str
    worker: str
    action: str
    state: str
    moves: Sequence[tuple[str, str]]
    attempts: Sequence[AttemptRow] = ()
    to: str = ""

    @property
    def wish(self) -> tuple[str, str, str]:
        return self.task, self.action, self.to


@dataclass(frozen=True, slots=True)
class _Call:
    """One request as the far side saw it; `worker` is whom its token had been given to, also when that has ended."""

    n: int
    at: datetime.datetime
    task: str
    action: str = ""
    decision: str = ""
    worker: str = ""
    is_person: bool = True
    applied: bool = False
    to: str = ""


@dataclass(slots=True)
class _FarSide:
    writes: dict[str, list[_Call]] = field(default_factory=lambda: defaultdict(list))
    reads: dict[str, list[_Call]] = field(default_factory=lambda: defaultdict(list))


def compare(
    clicks: Iterable[Click],
    decisions: Iterable[DecisionRow],
    sandbox_ledger: Iterable[Mapping[str, Any]],
    sandbox_steps: Mapping[str, Mapping[str, Any] | None],
) -> list[Finding]:
    """Everything that is wrong; an empty list is the promise kept.

    `sandbox_ledger` holds entries as the sandbox's control plane tells them, `sandbox_steps` the step of each task
    as it truly is, None where it has been deleted.
    """
    rows = list(decisions)
    far = _far_side(sandbox_ledger)
    found = [*_clicks_and_rows(list(clicks), rows), *_writes_without_a_row(rows, far), *_effects(far)]
    for row in rows:
        found += [*_story(row), *_sends(row, far), *_truth(row, far, sandbox_steps.get(row.task))]
    return found


def _clicks_and_rows(clicks: list[Click], rows: list[DecisionRow]) -> Iterator[Finding]:
    by_nonce = {row.nonce: row for row in rows}
    wished = defaultdict(set)
    for click in clicks:
        wished[click.nonce].add((click.task, click.action, click.to))
        row = by_nonce.get(click.nonce)
        if click.acknowledged and row is None:
            yield Finding(Kind.LOST, click.nonce, "acknowledged, and there is no row")
        if click.undone and row is not None and row.state != State.CANCELLED:
            yield Finding(Kind.WRONG, row.id, f"undone, and yet {row.state}")
    for row in rows:
        if row.wish not in wished[row.nonce]:
            yield Finding(Kind.INVENTED, row.id, "nobody clicked that")


def _writes_without_a_row(rows: list[DecisionRow], far: _FarSide) -> Iterator[Finding]:
    by_id = {row.id: row for row in rows}
    for call in (call for calls in far.writes.values() for call in calls):
        row = by_id.get(call.decision)
        if row is None or row.wish != (call.task, call.action, call.to):
            yield Finding(Kind.INVENTED, call.task, f"request {call.n} is no decision's")
        elif call.worker != row.worker or not call.is_person:
            yield Finding(Kind.FOREIGN, row.id, f"request {call.n} came as {call.worker or 'nobody'}")


def _effects(far: _FarSide) -> Iterator[Finding]:
    effects = Counter(call.task for calls in far.writes.values() for call in calls if call.applied)
    for task, count in effects.items():
        if count > 1:
            yield Finding(Kind.DOUBLED, task, f"{count} effects")


def _story(row: DecisionRow) -> Iterator[Finding]:
    """One event per transition, each along an allowed edge, each beginning where the one before it ended."""
    if not row.moves or row.moves[0] != ("", State.QUEUED):
        yield Finding(Kind.EDGE, row.id, "does not begin queued")
        return
    for (_, before), (told, after) in pairwise(row.moves):
        if told != before or after not in EDGES.get(State(told), ()):
            yield Finding(Kind.EDGE, row.id, f"{before}, then {told} to {after}")
    if row.moves[-1][1] != row.state:
        yield Finding(Kind.EDGE, row.id, f"is {row.state}, its last event says {row.moves[-1][1]}")


def _sends(row: DecisionRow, far: _FarSide) -> Iterator[Finding]:
    writes = [call for call in far.writes[row.task] if call.decision == row.id]
    for call in writes:
        if _attempt_of(row, call) is None:
            yield Finding(Kind.UNDECLARED, row.id, f"request {call.n}")
    for first, second in pairwise(writes):
        attempt = _attempt_of(row, first)
        provable = first.at if attempt is None or attempt.was_turned_away else attempt.deadline_at
        between = (read for read in far.reads[row.task] if first.n < read.n < second.n and read.at >= provable)
        if not any(read.worker in ("", row.worker) for read in between):
            yield Finding(Kind.BLIND, row.id, f"requests {first.n} and {second.n}")


def _attempt_of(row: DecisionRow, call: _Call) -> AttemptRow | None:
    """The latest attempt begun before the call; the ledger cuts its times to whole milliseconds."""
    latest = call.at + datetime.timedelta(milliseconds=1)
    return next((attempt for attempt in reversed(row.attempts) if attempt.started_at <= latest), None)


def _truth(row: DecisionRow, far: _FarSide, step: Mapping[str, Any] | None) -> Iterator[Finding]:
    if row.state not in FINAL:
        yield Finding(Kind.UNFINISHED, row.id, row.state)
        return
    writes = [call for call in far.writes[row.task] if call.decision == row.id]
    had_effect = any(call.applied for call in writes)
    shown = _text(step, "status", "descriptor")
    match State(row.state):
        case State.APPLIED:
            if not had_effect or shown != STEP_STATUS[Action(row.action)] or not _completed_by(step, row.worker):
                yield Finding(Kind.WRONG, row.id, f"{row.action} applied; the far side shows {shown or 'nothing'}")
        case State.ALREADY_DECIDED:
            # Given to somebody else is over for this person, whatever it still is for them.
            if had_effect or (shown == AWAITING and row.worker in _awaited(step)):
                yield Finding(Kind.WRONG, row.id, f"already decided; the far side shows {shown}, by us: {had_effect}")
        case State.CANCELLED if writes:
            yield Finding(Kind.WRONG, row.id, "cancelled, and yet sent")
        case _ if had_effect:
            yield Finding(Kind.WRONG, row.id, f"{row.state}, and yet it had an effect")


def _awaited(step: Mapping[str, Any] | None) -> set[str]:
    return {person["id"] for person in (step or {}).get("awaitingPersons", ())}


def _completed_by(step: Mapping[str, Any] | None, worker: str) -> bool:
    return _text(step, "completedByPerson", "id") == worker


def _text(step: Mapping[str, Any] | None, name: str, part: str) -> str:
    return str(((step or {}).get(name) or {}).get(part, ""))


def _far_side(ledger: Iterable[Mapping[str, Any]]) -> _FarSide:
    far = _FarSide()
    for entry in sorted(ledger, key=lambda entry: int(entry["n"])):
        if entry["method"] in ("POST", "PUT") and (wrote := _WRITE.search(entry["path"])):
            call = _write(entry, wrote)
            far.writes[call.task].append(call)
        elif entry["method"] == "GET" and _was_told(entry) and (looked := _READ.search(entry["path"])):
            call = _Call(
                entry["n"], _moment(entry["time"]), looked["task"], worker=(entry["worker"] or {}).get("id", "")
            )
            far.reads[call.task].append(call)
    return far


def _was_told(entry: Mapping[str, Any]) -> bool:
    """Whether a read was answered so that something could be learnt from it; a spoilt answer may be a 200 too."""
    return entry["status"] == 200 and entry.get("fault") in (None, "delay")


def _write(entry: Mapping[str, Any], wrote: re.Match[str]) -> _Call:
    verb = wrote["verb"] or str((entry.get("query") or {}).get("type", ""))
    return _Call(
        n=entry["n"],
        at=_moment(entry["time"]),
        task=wrote["step"] or wrote["task"],
        action=str(_VERBS.get(verb, "")),
        decision=entry["headers"].get("wd-external-request-id", ""),
        worker=(entry["worker"] or entry.get("issued_to") or {}).get("id", ""),
        is_person=entry["grant"] == "user",
        applied=bool(entry["applied"]),
        to=_place(entry.get("body")),
    )


def _place(body: object) -> str:
    """Where a body asks to send back to."""
    to = body.get("to") if isinstance(body, dict) else None
    return str(to.get("id", "")) if isinstance(to, dict) else ""


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
