"""The calls that a decision's story asks for, and what may come back. Making them is `inbox.calls`."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field

from connections.tokens import TokenError
from workday.answers import Echo, EventStep, InboxTask
from workday.errors import Answered, WorkdayError


@dataclass(frozen=True, slots=True)
class ReadStep:
    """Read the single business process event step, never a list page: Workday serves lists from a cache."""


@dataclass(frozen=True, slots=True)
class ReadInboxTask:
    """Read the single classic inbox task."""


@dataclass(frozen=True, slots=True)
class ReadCompletedSteps:
    """Read what the step's event already went through; tells who acted where the step itself is hidden."""

    event_wid: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send the decision. The attempt row is committed before this is yielded.

    `not_after`, on this process's monotonic clock in seconds, is when the attempt's deadline passes: a worker that
    was frozen meanwhile must not begin then, since others may have found out that nothing was sent.
    """

    not_after: float = field(default=math.inf, compare=False)


Call = ReadStep | ReadInboxTask | ReadCompletedSteps | Send
Failure = WorkdayError | TokenError
Answer = EventStep | InboxTask | list[EventStep] | Echo | Failure
Story = Generator[Call, Answer, None]


def failure_of(answer: Answer) -> Failure:
    if not isinstance(answer, WorkdayError | TokenError):
        raise TypeError(f"a call was answered with {type(answer).__name__}")
    return answer


def is_missing(answer: object) -> bool:
    return isinstance(answer, Answered) and answer.status == 404
