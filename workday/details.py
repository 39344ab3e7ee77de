"""What Workday tells of the thing to be decided: the resource behind a task's process, and the files of its event."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from workday.answers import Reference, reference
from workday.reading import Fields

# The resources whose shape is known, by the name in the href of a task's process.
RESOURCES = frozenset({"timeOffRequest", "businessTitleChanges", "businessProcesses"})


@dataclass(frozen=True, slots=True)
class DayOff:
    """One day of a request for time off; `units` is a text on the wire, such as "8"."""

    day: datetime.date | None
    units: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the classic service tells of a process; each field but one's own kind is empty or None."""

    about: Reference
    initiator: Reference
    effective_on: datetime.date | None
    due_on: datetime.date | None
    status: str
    title_now: str
    title_wanted: str
    days: tuple[DayOff, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an event; `size` is in bytes, None where Workday does not tell it."""

    id: str
    name: str
    size: int | None
    content_type: str
    category: str
    description: str
    added_by: Reference
    added_on: datetime.date | None


def process_facts(found: Fields) -> ProcessFacts:
    return ProcessFacts(
        about=reference(found.object("subject")),
        initiator=reference(found.object("initiator")),
        effective_on=found.date("effective"),
        due_on=found.date("due"),
        status=found.object("transactionStatus").text("descriptor"),
        title_now=found.text("currentBusinessTitle"),
        title_wanted=found.text("proposedBusinessTitle"),
        days=tuple(day_off(entry) for entry in found.objects("timeOffEntry")),
    )


def day_off(found: Fields) -> DayOff:
    return DayOff(
        day=found.date("date"),
        units=found.text("units"),
        unit=found.object("unitOfTime").text("descriptor"),
        kind=found.object("timeOff").text("descriptor"),
    )


def attachment(found: Fields) -> Attachment:
    return Attachment(
        id=found.id() or found.refuse("id"),
        name=found.text("fileName"),
        size=_size(found),
        content_type=found.object("contentType").text("descriptor"),
        category=found.object("category").text("descriptor"),
        description=found.text("description"),
        added_by=reference(found.object("uploadedBy")),
        added_on=found.date("uploadDate"),
    )


def _size(found: Fields) -> int | None:
    """The documents call it a number; a text of digits is taken as well, as other numbers come as text on the wire."""
    value = found.raw("fileLength")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
