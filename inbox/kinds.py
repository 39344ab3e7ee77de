"""What can be decided here, told per task before anybody clicks."""

from __future__ import annotations

from django.db.models import Q

from connections.models import Tenant
from inbox.evidence import AWAITING_ACTION
from inbox.models import InboxTask

# Step types that take approve and deny; the WID is the same in every tenant, the words are those of English ones.
# Some tenants pair the Approval WID's neighbour with the word, so either of the two is enough.
APPROVAL_WID = "d8c8920e446c11de98360015c5e6daf6"
APPROVABLE = frozenset({"Approval", "Approval Chain", "Consolidated Approval", "Consolidated Approval Chain"})


# What can only be marked as done. Its WID was never published, so it is known by its English words.
TO_DO = "To Do"


def why_not(task: InboxTask) -> str:
    """Why this task cannot be approved or rejected here, as one sentence; empty when it can be."""
    reason = _why_nothing(task)
    if not reason and task.step_type not in APPROVABLE and task.step_type_wid != APPROVAL_WID:
        reason = _only_done(task) if _can_finish(task) else _only_in_workday(task)
    return reason


def why_not_done(task: InboxTask) -> str:
    """Why this task cannot be marked as done here, as one sentence; empty when it can be."""
    return _why_nothing(task) or ("" if _can_finish(task) else _only_in_workday(task))


def _can_finish(task: InboxTask) -> bool:
    """A To Do, where the tenant decides with the service that has a call for it; the classic one has none."""
    return task.step_type == TO_DO and task.connection.tenant.decide_by == Tenant.DecideBy.BUSINESS_PROCESS


def _only_done(task: InboxTask) -> str:
    return "This is a To Do: it is marked as done, not approved or rejected."


def _only_in_workday(task: InboxTask) -> str:
    kind = task.step_type or "unnamed"
    return f"This is a step of the kind “{kind}”, which Workday lets you do only in Workday."


def _why_nothing(task: InboxTask) -> str:
    if not task.status and not task.status_wid:
        return "Workday does not say whether this task waits for you."
    if task.status_wid != AWAITING_ACTION and task.status != "Awaiting Action":
        return f"Workday lists this task as “{task.status}”, not as waiting for you."
    if not task.process and not task.process_wid:
        return "Workday names no business process for this task."
    return ""


def decidable() -> Q:
    """The open tasks for which `why_not` has nothing to say."""
    return _complete() & (Q(step_type__in=APPROVABLE) | Q(step_type_wid=APPROVAL_WID))


def finishable() -> Q:
    """The open tasks for which `why_not_done` has nothing to say."""
    return _complete() & Q(step_type=TO_DO, connection__tenant__decide_by=Tenant.DecideBy.BUSINESS_PROCESS)


def _complete() -> Q:
    waits = Q(status_wid=AWAITING_ACTION) | Q(status="Awaiting Action")
    return waits & ~Q(process="", process_wid="")
