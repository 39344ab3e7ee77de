"""What is kept of a task's detail: plain texts, as they are stored, with days as days again for whoever shows them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class DayOff:
    day: str
    units: str
    unit: str
    kind: str

    @property
    def date(self) -> datetime.date | None:
        return day_of(self.day)


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as somebody wrote it, in Workday or here."""

    who: str
    when: str
    text: str

    @property
    def date(self) -> datetime.date | None:
        return day_of(self.when)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the process; `who` are the people or groups that Workday names, in its own words."""

    title: str
    status: str
    who: str
    when: str

    @property
    def date(self) -> datetime.date | None:
        return day_of(self.when)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; `size` is in bytes, None where Workday does not tell it."""

    id: str
    name: str
    size: int | None
    content_type: str
    note: str
    who: str
    when: str

    @property
    def date(self) -> datetime.date | None:
        return day_of(self.when)


@dataclass(slots=True)
class Content:
    """All that Workday told; `left_out` names what it does not let this person see, in words for a sentence."""

    event: str = ""
    help: str = ""
    about: str = ""
    initiator: str = ""
    status: str = ""
    started_on: str = ""
    effective_on: str = ""
    due_on: str = ""
    title_now: str = ""
    title_wanted: str = ""
    days: list[DayOff] = field(default_factory=list)
    comments: list[Said] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    waiting: list[Step] = field(default_factory=list)
    planned: list[Step] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        made = {name: [kind(**each) for each in stored.get(name, [])] for name, kind in _LISTS.items()}
        return cls(**{**stored, **made})

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def words(self) -> str:
        """Everything in it that people wrote or read, on one line, for searching."""
        texts = [self.help, self.about, self.initiator, self.title_now, self.title_wanted]
        texts += [day.kind for day in self.days]
        for said in self.comments:
            texts += [said.who, said.text]
        for step in (*self.done, *self.waiting, *self.planned):
            texts += [step.title, step.who]
        for file in self.files:
            texts += [file.name, file.note]
        return " ".join(filter(None, dict.fromkeys(texts)))


_LISTS: dict[str, type[Any]] = {
    "days": DayOff,
    "comments": Said,
    "done": Step,
    "waiting": Step,
    "planned": Step,
    "files": File,
}


def written(moment: datetime.date | datetime.datetime | None) -> str:
    """A day or moment as it is kept. Workday sends many of its days as moments at midnight of UTC."""
    if isinstance(moment, datetime.datetime) and moment.astimezone(datetime.UTC).time() == datetime.time.min:
        moment = moment.astimezone(datetime.UTC).date()
    return moment.isoformat() if moment else ""


def day_of(text: str) -> datetime.date | None:
    """The day that was kept; of a moment it is the reader's."""
    if not text:
        return None
    if len(text) == len("2026-01-31"):
        return datetime.date.fromisoformat(text)
    return timezone.localtime(datetime.datetime.fromisoformat(text)).date()
