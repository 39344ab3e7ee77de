"""Makes one business process of a given kind, with its first step in somebody's inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from sandbox.company.clock import moment
from sandbox.company.company import Company
from sandbox.company.ids import wid
from sandbox.company.kinds import Kind
from sandbox.company.model import Attachment, Event, Json, Person, Ref, Step

_JOBS = ("Warehouse Lead", "Supply Analyst", "Fleet Mechanic", "Customs Specialist", "Packaging Engineer")
_CANDIDATES = ("Imani Baptiste", "Jakub Novák", "Sofía Quiroga", "Anneke Visser", "Rahul Menon")
_GOODS = (
    "12 hand scanners",
    "pallet wrapping film",
    "4 ergonomic chairs",
    "spare belts for line 3",
    "safety shoes",
)
_SUPPLIERS = ("Nordhafen Logistics", "Brightwell", "Kestrel Tools", "Ferro")
_TITLES = ("Senior Analyst", "Team Lead", "Principal Planner", "Coordinator II", "Specialist, Inbound")
_CURRENCIES = ("EUR", "USD", "GBP")


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be made: for whom, by whom, when it was assigned and when it is due (or never)."""

    kind: Kind
    awaiting: list[Person]
    requester: Person
    assigned: datetime
    due_in_days: int | None
    with_initiator: bool


def make(company: Company, order: Order, rng: Random) -> Step:
    """Make and store the event and its first step."""
    event_id, step_id = company.new_ids()
    words = _words(order, rng)
    event = _event(company, order, event_id, words)
    step = _step(company, order, step_id, event, words)
    event.steps.append(step.id)
    company.keep_event(event)
    company.keep_step(step)
    return step


def _words(order: Order, rng: Random) -> dict[str, str]:
    return {
        "name": order.requester.name,
        "employee_id": order.requester.employee_id,
        "number": f"{rng.randrange(200, 99999):05d}",
        "amount": f"{rng.choice(_CURRENCIES)} {rng.randrange(1_800, 1_400_000) / 100:,.2f}",
        "percent": f"{rng.randrange(10, 80) / 10}%",
        "candidate": rng.choice(_CANDIDATES),
        "job": rng.choice(_JOBS),
        "goods": rng.choice(_GOODS),
        "supplier": rng.choice(_SUPPLIERS),
        "title": rng.choice(_TITLES),
        "days": str(rng.randrange(1, 6)),
        "effective": (order.assigned + timedelta(days=rng.randrange(7, 40))).date().isoformat(),
    }


def _event(company: Company, order: Order, event_id: str, words: dict[str, str]) -> Event:
    kind = order.kind
    due = _day(order.assigned, order.due_in_days + 7) if order.due_in_days is not None else None
    return Event(
        id=event_id,
        kind=kind.key,
        process=kind.process,
        resource=kind.resource,
        descriptor=kind.headline.format(**words),
        initiator=order.requester.wid,
        about=_target(company, order, words),
        created=moment(order.assigned - timedelta(minutes=3)),
        effective=words["effective"],
        due=due,
        plan=list(kind.then),
        attachments=_attachments(event_id, order, words),
        details=_details(kind, order.requester, words),
    )


def _step(company: Company, order: Order, step_id: str, event: Event, words: dict[str, str]) -> Step:
    days = order.due_in_days
    return Step(
        id=step_id,
        event_id=event.id,
        descriptor=order.kind.title.format(**words),
        step_type=order.kind.step_type,
        awaiting=[person.wid for person in order.awaiting],
        assigned=moment(order.assigned),
        created=order.assigned.astimezone(UTC).date().isoformat(),
        order="b",
        due=_day(order.assigned, days) if days is not None else None,
        subject=event.about,
        initiator=company.ref(order.requester.wid) if order.with_initiator else None,
        help_text=order.kind.help_text,
        send_back_allowed=order.kind.sends_back,
    )


def _target(company: Company, order: Order, words: dict[str, str]) -> Ref:
    match order.kind.target:
        case "position":
            descriptor = f"P-{words['number']} {words['job']}"
            return Ref(wid("position", company.tenant, descriptor), descriptor)
        case "organization":
            return order.requester.organization
        case "process":
            descriptor = f"Hire: {words['name']}"
            return Ref(wid("process", company.tenant, descriptor), descriptor, "businessProcesses")
        case _:
            return order.requester.ref()


def _details(kind: Kind, requester: Person, words: dict[str, str]) -> Json:
    if kind.resource == "businessTitleChanges":
        return {"currentBusinessTitle": requester.title, "proposedBusinessTitle": words["title"]}
    if kind.resource == "timeOffRequest":
        return {"days": int(words["days"])}
    return {}


def _attachments(event_id: str, order: Order, words: dict[str, str]) -> list[Attachment]:
    if not order.kind.attachment:
        return []
    name = order.kind.attachment.format(**words)
    text = f"item;amount\ntotal;{words['amount']}\n" if name.endswith(".csv") else f"{words['name']}\n{name}\n"
    return [
        Attachment(
            id=wid("attachment", event_id),
            name=name,
            content_type="text/csv" if name.endswith(".csv") else "text/plain",
            description=f"Sent by {order.requester.name}",
            date=order.assigned.date().isoformat(),
            uploader=order.requester.wid,
            content=text,
        )
    ]


def _day(start: datetime, days: int) -> str:
    return (start + timedelta(days=days)).date().isoformat()
