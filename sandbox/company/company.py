"""One company in memory: look-ups, inboxes, and what must be written after a change."""

from __future__ import annotations

import re
from bisect import bisect_left, insort

from sandbox.company.ids import event_wid, step_wid, wid
from sandbox.company.model import (
    AWAITING,
    Event,
    Person,
    Planned,
    Ref,
    Step,
    as_record,
    event_from,
    step_from,
)
from sandbox.company.people import PersonSpec
from sandbox.store import Store


class Company:
    """People, events and steps of one tenant. Every change goes through `keep_*`, which stores it."""

    def __init__(self, tenant: str, specs: tuple[PersonSpec, ...], store: Store) -> None:
        self.tenant = tenant
        self.specs = specs
        self.people = {spec.key: _person(tenant, spec, specs) for spec in specs}
        self.by_wid = {person.wid: person for person in self.people.values()}
        self.steps: dict[str, Step] = {}
        self.events: dict[str, Event] = {}
        self._inboxes: dict[str, list[Step]] = {}
        self._store = store
        self._made = 0

    def person(self, name: str) -> Person | None:
        """The person with this key, WID or `Employee_ID=...`."""
        if name.startswith("Employee_ID="):
            number = name.partition("=")[2]
            return next((each for each in self.people.values() if each.employee_id == number), None)
        return self.people.get(name) or self.by_wid.get(name)

    def ref(self, person_wid: str) -> Ref:
        """A person as a reference without an href, as steps show people."""
        return Ref(person_wid, self.by_wid[person_wid].name)

    def inbox(self, person: Person) -> list[Step]:
        """What waits for this person, oldest first."""
        return self._inboxes.setdefault(person.wid, [])

    def event_of(self, step: Step) -> Event:
        """The event this step belongs to."""
        return self.events[step.event_id]

    def may_see(self, person: Person, event: Event) -> bool:
        """Whether a person may view an event: it is about them, they began it, or they have or had a step."""
        if person.wid in (event.initiator, event.about.id):
            return True
        steps = [self.steps[key] for key in event.steps]
        return any(person.wid in step.awaiting or person.wid == step.completed_by for step in steps)

    def new_ids(self) -> tuple[str, str]:
        """Ids for an event and its step that are not taken."""
        self._made += 1
        event_id = event_wid(self.tenant, str(self._made))
        if event_id in self.events:
            return self.new_ids()
        return event_id, step_wid(self.tenant, str(self._made))

    def next_step_id(self, event: Event) -> str:
        """An id for one more step of an event."""
        return step_wid(self.tenant, event.id, str(len(event.steps)))

    def keep_event(self, event: Event) -> None:
        """Store an event that is new or changed."""
        self.events[event.id] = event
        self._store.put("event", self.tenant, event.id, as_record(event))

    def keep_step(self, step: Step) -> None:
        """Store a step that is new or changed, and put it into or take it out of inboxes."""
        known = self.steps.get(step.id)
        if known:
            self.withdraw(known)
        self.steps[step.id] = step
        if step.status == AWAITING:
            self._deliver(step)
        self._store.put("step", self.tenant, step.id, as_record(step))

    def withdraw(self, step: Step) -> None:
        """Take a step out of all inboxes. Needed before its `assigned`, which orders them, is changed."""
        for inbox in self._inboxes.values():
            place = bisect_left(inbox, step.sort_key, key=lambda each: each.sort_key)
            if place < len(inbox) and inbox[place].id == step.id:
                del inbox[place]

    def forget_step(self, step: Step) -> None:
        """Delete a step as if it had never been."""
        self.withdraw(step)
        del self.steps[step.id]
        event = self.event_of(step)
        event.steps.remove(step.id)
        self.keep_event(event)
        self._store.drop("step", self.tenant, step.id)

    def planned_person(self, planned: Planned, event: Event) -> Person:
        """Who gets a planned step. Nobody approves their own request: then it is the executive."""
        person = self.people.get(planned.person) or self.people["executive"]
        return self.people["executive"] if person.wid == event.initiator else person

    def load(self) -> bool:
        """Read what is stored; False when there is nothing."""
        for key, record in self._store.records("event", self.tenant):
            self.events[key] = event_from(record)
        for key, record in self._store.records("step", self.tenant):
            step = step_from(record)
            self.steps[key] = step
            if step.status == AWAITING:
                self._deliver(step)
        return bool(self.events)

    def _deliver(self, step: Step) -> None:
        for person in step.awaiting:
            insort(self._inboxes.setdefault(person, []), step, key=lambda each: each.sort_key)


def _person(tenant: str, spec: PersonSpec, specs: tuple[PersonSpec, ...]) -> Person:
    number = 21000 + [each.key for each in specs].index(spec.key)
    name = re.sub("[^a-z ]", "", spec.name.lower())
    organization = wid("organization", tenant, spec.organization)
    return Person(
        key=spec.key,
        name=spec.name,
        title=spec.title,
        wid=wid("person", tenant, spec.key),
        employee_id=str(number),
        email=f"{name.replace(' ', '.')}@{tenant}.example",
        phone=f"+49 30 5550 {number - 20900:04d}",
        organization=Ref(organization, spec.organization, "supervisoryOrganizations"),
        manager=wid("person", tenant, spec.manager) if spec.manager else "",
        is_manager=any(each.manager == spec.key for each in specs),
        years=1 + number % 17,
        birth=f"{1965 + number % 31}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        has_record=spec.key != "isu",
    )
