"""The state in which every sandbox company begins. Same tenant name, same ids; dates are relative to today."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from sandbox.company.company import Company
from sandbox.company.kinds import CATALOGUE
from sandbox.company.making import Order, make
from sandbox.company.model import Comment, Person, Step
from sandbox.company.people import BIG_COMPANY

# Together 127: more than one page of 100, with every kind of task a real inbox was seen to hold.
_MANAGER_BIG = {
    "time_off": 34,
    "expense": 26,
    "title_change": 12,
    "compensation": 12,
    "hire": 8,
    "requisition": 8,
    "purchase_order": 6,
    "consolidated": 4,
    "approval_chain": 3,
    "job_change": 4,
    "onboarding": 3,
    "review_documents": 3,
    "to_do": 2,
    "questionnaire": 2,
}
_MANAGER_SMALL = {"time_off": 6, "expense": 5, "title_change": 2, "hire": 1, "to_do": 1, "job_change": 1}
# Of these, so many also await the colleague, who can therefore decide first.
_SHARED = {"expense": 6, "requisition": 2}
_OTHERS = {
    "colleague": {"time_off": 2, "expense": 2},
    "employee": {"to_do": 1, "review_documents": 1, "questionnaire": 1, "job_change": 1},
    "executive": {"compensation": 3, "purchase_order": 2},
    "partner": {"title_change": 2, "hire": 1},
    "isu": {"integration": 2, "to_do": 1},
}
_REMARKS = ("Two nights, conference rate.", "As agreed on Tuesday.", "Please see the attached file.")


def seed(company: Company, today: datetime | None = None) -> None:
    """Fill an empty company."""
    rng = Random(company.tenant)  # noqa: S311 - the point is that it always gives the same numbers
    start = datetime.combine((today or datetime.now(UTC)).date(), time(6, 41), UTC)
    big = len(company.people) == len(BIG_COMPANY)
    for kind in _shuffled(_MANAGER_BIG if big else _MANAGER_SMALL, rng):
        start -= timedelta(minutes=rng.randrange(20, 300), milliseconds=rng.randrange(1, 999))
        _one(company, kind, company.people["manager"], start, rng)
    for key, mix in _OTHERS.items():
        moment = start + timedelta(days=3)
        for kind in _shuffled(mix, rng):
            moment += timedelta(hours=rng.randrange(1, 9), milliseconds=rng.randrange(1, 999))
            _one(company, kind, company.people[key], moment, rng)
    _share(company)
    _roughen(company)


def _shuffled(mix: dict[str, int], rng: Random) -> list[str]:
    kinds = [key for key, count in mix.items() for _ in range(count)]
    rng.shuffle(kinds)
    return kinds


def _one(company: Company, kind: str, person: Person, assigned: datetime, rng: Random) -> None:
    order = Order(
        kind=CATALOGUE[kind],
        awaiting=[person],
        requester=rng.choice(requesters(company, person)),
        assigned=assigned,
        # Two in three have a due date; tasks of the last weeks are therefore partly overdue.
        due_in_days=rng.randrange(1, 21) if rng.random() < 0.67 else None,
        with_initiator=rng.random() < 0.5,
    )
    step = make(company, order, rng)
    if rng.random() < 0.2:
        event = company.event_of(step)
        event.comments.append(Comment(step.created, event.initiator, f"<p>{rng.choice(_REMARKS)}</p>"))
        company.keep_event(event)


def requesters(company: Company, person: Person) -> list[Person]:
    """Whose requests come to this person: those who report to them, else everybody else with a manager."""
    reports = [each for each in company.people.values() if each.manager == person.wid]
    others = [each for each in company.people.values() if each.manager and each.wid != person.wid]
    return reports or others


def _share(company: Company) -> None:
    manager, colleague = company.people["manager"], company.people["colleague"]
    for kind, count in _SHARED.items():
        for step in _of_kind(company, manager, kind)[:count]:
            step.awaiting.append(colleague.wid)
            company.keep_step(step)


def _of_kind(company: Company, person: Person, kind: str) -> list[Step]:
    """Newest first."""
    return [step for step in reversed(company.inbox(person)) if company.event_of(step).kind == kind]


def _roughen(company: Company) -> None:
    """The oddities seen on the wire: references that are missing, and steps with rules of their own."""
    manager = company.people["manager"]
    time_off = _of_kind(company, manager, "time_off")
    time_off[2].shows_status = False
    time_off[4].shows_process = False
    to_do = _of_kind(company, manager, "to_do")[0]
    to_do.shows_process = False
    paperwork = _of_kind(company, manager, "job_change")[0]
    paperwork.subject = None
    odd = [time_off[2], time_off[4], to_do, paperwork]
    for step in _of_kind(company, manager, "compensation")[:1]:
        step.deny_allowed = False
        odd.append(step)
    for step in odd:
        company.keep_step(step)
