"""What can be decided here, told per task before anybody clicks."""

from __future__ import annotations

from django.db.models import Q

from inbox.evidence import AWAITING_ACTION
from inbox.models import InboxTask

# Step types that take approve and deny; the WID is the same in every tenant, the words are those of English ones.
# Some tenants pair the Approval WID's neighbour with the word, so either of the two is enough.
APPROVAL_WID = "d8c8920e446c11de98360015c5e6daf6"
APPROVABLE = frozenset({"Approval", "Approval Chain", "Consolidated Approval", "Consolidated Approval Chain"})


def why_not(task: InboxTask) -> str:
    """Why this task cannot be approved or rejected here, as one sentence; empty when it can be."""
    if not task.status and not task.status_wid:
        return "Workday does not say whether this task waits for you."
    if task.status_wid != AWAITING_ACTION and task.status != "Awaiting Action":
        return f"Workday lists this task as “{task.status}”, not as waiting for you."
    if not task.process and not task.process_wid:
        return "Workday names no business process for this task."
    if task.step_type not in APPROVABLE and task.step_type_wid != APPROVAL_WID:
        kind = task.step_type or "unnamed"
        return f"This is a step of the kind “{kind}”, which Workday lets you do only in Workday."
    return ""


def decidable() -> Q:
    """The open tasks for which `why_not` has nothing to say."""
    waits = Q(status_wid=AWAITING_ACTION) | Q(status="Awaiting Action")
    named = ~Q(process="", process_wid="")
    return waits & named & (Q(step_type__in=APPROVABLE) | Q(step_type_wid=APPROVAL_WID))
