"""How far a batch has come: what became of each task, counted and told in a few words."""

from __future__ import annotations

import datetime
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from inbox.models import Batch, BatchItem
from inbox.states import ENDED_WITHOUT_EFFECT, FINAL, Action, State

PAGE = 100
# How long the inbox still says how a batch ended.
TOLD_FOR = datetime.timedelta(minutes=10)
LOOKED_AT_FOR = datetime.timedelta(days=1)
LISTED = 10

DONE, ELSEWHERE, NEEDS_YOU, NOT_DONE, UNDONE, LEFT_OUT, PENDING, SENDING = (
    "done",
    "elsewhere",
    "needs-you",
    "not-done",
    "undone",
    "left-out",
    "pending",
    "sending",
)
# What the page offers to look at apart, in this order.
GROUPS = {
    NEEDS_YOU: "Need you",
    NOT_DONE: "Not done",
    LEFT_OUT: "Left out",
    PENDING: "To be accepted",
    SENDING: "Under way",
    DONE: "Done",
    ELSEWHERE: "Decided in Workday",
    UNDONE: "Undone",
}
_FITS: dict[str, Q] = {
    LEFT_OUT: ~Q(skipped=""),
    PENDING: Q(skipped="", decision=None),
    DONE: Q(decision__state=State.APPLIED),
    ELSEWHERE: Q(decision__state=State.ALREADY_DECIDED),
    UNDONE: Q(decision__state=State.CANCELLED),
    NOT_DONE: Q(decision__state__in=ENDED_WITHOUT_EFFECT, task__closed_at__isnull=False),
    NEEDS_YOU: Q(decision__state__in=(*ENDED_WITHOUT_EFFECT, State.MANUAL, State.NEEDS_RECONNECT)),
}
_GROUP = Case(
    *(When(fits, then=Value(name)) for name, fits in _FITS.items()),
    default=Value(SENDING),
    output_field=CharField(),
)
DOING = {Action.APPROVE: "Approving", Action.REJECT: "Rejecting"}
DID = {Action.APPROVE: "approved", Action.REJECT: "rejected"}


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch and how many of its tasks stand where."""

    batch: Batch
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Of those that were to be decided; what was left out is told apart."""
        return self.counts.total() - self.counts[LEFT_OUT]

    @property
    def ended(self) -> int:
        return self.total - self.counts[PENDING] - self.counts[SENDING]

    @property
    def is_running(self) -> bool:
        return self.ended < self.total

    @property
    def tone(self) -> str:
        if self.is_running:
            return "info"
        return "warning" if self.counts[NEEDS_YOU] or self.counts[NOT_DONE] else "success"

    @property
    def words(self) -> str:
        """One line: how far it is, or how it ended. "Approved" counts only what Workday confirmed."""
        action = Action(self.batch.action)
        if self.is_running:
            need = f", {_need(self.counts[NEEDS_YOU])}" if self.counts[NEEDS_YOU] else ""
            return f"{DOING[action]} {self.total}: {self.counts[DONE]} done{need}"
        parts = [
            (self.counts[DONE], f"{self.counts[DONE]} {DID[action]}"),
            (self.counts[ELSEWHERE], f"{self.counts[ELSEWHERE]} already decided in Workday"),
            (self.counts[NEEDS_YOU], _need(self.counts[NEEDS_YOU])),
            (self.counts[NOT_DONE], f"{self.counts[NOT_DONE]} not done"),
            (self.counts[UNDONE], f"{self.counts[UNDONE]} undone"),
            (self.counts[LEFT_OUT], f"{self.counts[LEFT_OUT]} left out"),
        ]
        return ", ".join(words for count, words in parts if count) or "Nothing was sent"

    @property
    def groups(self) -> list[tuple[str, str, int]]:
        return [(name, label, self.counts[name]) for name, label in GROUPS.items() if self.counts[name]]


def progress_of(batches: Iterable[Batch]) -> list[Progress]:
    """Two queries at most, however many there are."""
    batches = list(batches)
    counts: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    if batches:
        groups = BatchItem.objects.filter(batch__in=batches).order_by().values_list("batch", _GROUP)
        for batch_id, group, count in groups.annotate(count=Count("pk")):
            counts[batch_id][group] += count
    return [Progress(batch, counts[batch.pk]) for batch in batches]


def to_tell(user: User) -> list[Progress]:
    """What the inbox says: the batches that are on their way, and how those of the last minutes ended."""
    now = timezone.now()
    resting = (*FINAL, State.MANUAL, State.NEEDS_RECONNECT)
    moving = BatchItem.objects.filter(batch=OuterRef("pk"), decision__isnull=False).exclude(decision__state__in=resting)
    lately = Q(confirmed_at__gt=now - TOLD_FOR) | Q(expanded_at=None) | Exists(moving)
    mine = Batch.objects.of(user).filter(confirmed_at__gt=now - LOOKED_AT_FOR).filter(lately)
    return progress_of(mine.order_by("-confirmed_at")[:3])


def latest(user: User) -> list[Progress]:
    """The newest confirmed batches, for the page of what was decided."""
    confirmed = Batch.objects.of(user).filter(confirmed_at__isnull=False)
    return progress_of(confirmed.order_by("-confirmed_at")[:LISTED])


def items_of(batch: Batch, group: str, after: int) -> tuple[list[BatchItem], int]:
    """One page of a batch's tasks in their order, and the position after which the next one begins (0 at the end)."""
    items = _full(batch).filter(position__gte=after)
    if group in GROUPS:
        items = items.annotate(group=_GROUP).filter(group=group)
    found = list(items[: PAGE + 1])
    return found[:PAGE], found[PAGE].position if len(found) > PAGE else 0


def items_changed(batch: Batch, first: int, last: int, since: datetime.datetime) -> list[BatchItem]:
    """Those on one page that look different since then."""
    changed = Q(handled_at__gt=since) | Q(decision__updated_at__gt=since)
    return list(_full(batch).filter(changed, position__range=(first, last))[:PAGE])


def _full(batch: Batch) -> QuerySet[BatchItem]:
    return batch.items.select_related("task__connection__tenant", "decision").order_by("position")


def _need(count: int) -> str:
    return f"{count} need{'s' if count == 1 else ''} you"
