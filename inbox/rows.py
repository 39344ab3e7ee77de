"""What the inbox page shows, gathered in a fixed number of queries whatever its size."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from connections.standing import Standing, for_person
from inbox import facts, reasons, send_back, words
from inbox.filters import ISU, Filter
from inbox.kinds import why_not, why_not_done
from inbox.models import Decision, InboxTask, Reason
from inbox.models.look import Look
from inbox.models.task import InboxTaskQuerySet
from inbox.order import ORDERS
from inbox.states import FINAL, State

PAGE = 20
DECIDED_SHOWN = 10
DECIDED_FOR = datetime.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Row:
    """One task as the page shows it, with the newest decision on it by this person, if any."""

    task: InboxTask
    decision: Decision | None = None
    error: str = ""
    typed: str = ""
    opened: str = ""
    nonce: uuid.UUID = field(default_factory=uuid.uuid4)
    # What administrators made ready for this tenant, those for a rejection first.
    reasons: list[Reason] = field(default_factory=list)

    @property
    def why_not(self) -> str:
        return "" if self.task.closed_at or not why_not_done(self.task) else why_not(self.task)

    @property
    def can_decide(self) -> bool:
        return self._is_free and not why_not(self.task)

    @property
    def can_finish(self) -> bool:
        """Whether it is a To Do that can be marked as done."""
        return self._is_free and not why_not_done(self.task)

    @property
    def _is_free(self) -> bool:
        again = self.decision is None or self.decision.state in (
            State.REFUSED,
            State.CHANGED,
            State.CANCELLED,
        )
        banned = self.task.connection.state == Connection.State.DISABLED
        return again and not banned and not self.task.closed_at

    @property
    def can_send_back(self) -> bool:
        """Whether asking Workday for targets makes sense; whether there are any, only Workday knows."""
        return self.can_decide and send_back.is_possible(self.task)

    @property
    def workday_url(self) -> str:
        return self.task.connection.tenant.home_url

    @property
    def seen(self) -> str:
        """What ties the form to the facts that it is shown with."""
        return facts.fingerprint(self.task)

    @property
    def versions(self) -> list[facts.Version]:
        """Both versions of what changed between the click and the send."""
        changed = self.decision is not None and self.decision.state == State.CHANGED
        return facts.versions(self.decision.shown, self.decision.found) if changed and self.decision else []

    @property
    def is_live(self) -> bool:
        return self.decision is not None and not self.decision.is_final


@dataclass(frozen=True, slots=True)
class Inbox:
    """One connection's inbox and how well our mirror of it stands."""

    connection: Connection
    sync: Look | None

    @property
    def standing(self) -> Standing:
        return for_person(self.connection.tenant, self.connection)

    @property
    def is_broken(self) -> bool:
        return not self.connection.is_usable

    @property
    def is_first(self) -> bool:
        """Whether the very first listing has not come yet, so that an empty list means nothing."""
        return not self.is_broken and (self.sync is None or self.sync.as_of is None)

    @property
    def tone(self) -> str:
        return "warning" if self.sync is not None and self.sync.failure else "ok"

    @property
    def words(self) -> str:
        return self.connection.state_reason if self.is_broken else words.as_of(self.sync)

    @property
    def is_awaited(self) -> bool:
        """Whether a look at Workday is under way that the page should show as soon as it is there."""
        return not self.is_broken and (self.is_first or (self.sync is not None and self.sync.is_pending))

    @property
    def wants_look(self) -> bool:
        """Whether showing this page is reason enough to ask Workday again; after a failure its pause is kept."""
        if self.is_broken or (self.is_awaited and self.sync is not None and self.sync.asked_at is not None):
            return False
        if self.sync is not None and self.sync.failure and self.sync.next_at and self.sync.next_at > timezone.now():
            return False
        return self.sync is None or self.sync.is_stale


def inboxes_of(user: User) -> list[Inbox]:
    connections = Connection.objects.of(user).exclude(state=Connection.State.DISCONNECTED)
    connections = connections.select_related("tenant", "inbox_sync").order_by("kind", "created_at")
    return [Inbox(connection, getattr(connection, "inbox_sync", None)) for connection in connections]


def of_whom(inboxes: list[Inbox], whose: str) -> list[Inbox]:
    """The person's own of these inboxes, or the integration system user's, which are no part of theirs."""
    return [inbox for inbox in inboxes if inbox.connection.is_isu == (whose == ISU)]


def with_decisions(tasks: Iterable[InboxTask], user: User) -> list[Row]:
    """Rows for these tasks in their order, each with this person's newest decision on it."""
    tasks = list(tasks)
    newest = Decision.objects.of(user).filter(task__in=tasks).order_by("task", "-created_at").distinct("task")
    by_task = {decision.task_id: decision for decision in newest}
    offered = reasons.offered_for(tasks)
    return [Row(task, by_task.get(task.pk), reasons=offered[task.connection.tenant_id]) for task in tasks]


def row_of(task: InboxTask, user: User) -> Row:
    return with_decisions([task], user)[0]


def page_of(inboxes: list[Inbox], user: User, wanted: Filter, after: str) -> tuple[list[Row], str]:
    """One page of the open tasks that are wanted, and the place where the next one begins (empty at the end)."""
    order = ORDERS[wanted.sort]
    tasks = order.after(order.arrange(wanted.apply(open_tasks(inboxes))), after)
    found = list(tasks.select_related("connection__tenant")[: PAGE + 1])
    shown = found[:PAGE]
    return with_decisions(shown, user), order.place(shown[-1]) if len(found) > PAGE else ""


def open_tasks(inboxes: list[Inbox]) -> InboxTaskQuerySet:
    return InboxTask.objects.filter(connection__in=[i.connection for i in inboxes]).open()


def changed_since(user: User, moment: datetime.datetime) -> list[Row]:
    """Rows that look different since then: decided, moved on, or no longer in the inbox."""
    decided = Decision.objects.of(user).filter(updated_at__gt=moment).values("task")
    changed = InboxTask.objects.of(user).filter(Q(pk__in=decided) | Q(closed_at__gt=moment))
    return with_decisions(changed.select_related("connection__tenant")[:200], user)


def has_new_since(inboxes: list[Inbox], wanted: Filter, moment: datetime.datetime) -> bool:
    return wanted.apply(open_tasks(inboxes)).filter(first_seen_at__gt=moment).exists()


def decided_lately(user: User) -> list[Row]:
    """What this person decided in the last day and Workday has closed, newest first."""
    since = timezone.now() - DECIDED_FOR
    lately = Decision.objects.of(user).filter(state__in=(State.APPLIED, State.ALREADY_DECIDED), settled_at__gt=since)
    lately = lately.select_related("task__connection__tenant").order_by("-updated_at")[:DECIDED_SHOWN]
    return [Row(decision.task, decision) for decision in lately]


def is_under_way(user: User) -> bool:
    """Whether this person has a decision that may move within seconds."""
    resting = (*FINAL, State.MANUAL, State.NEEDS_RECONNECT)
    return Decision.objects.of(user).exclude(state__in=resting).exists()
