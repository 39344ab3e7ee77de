"""The facts of a task that a person sees when deciding, and whether they are still the same at Workday."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from inbox.models import InboxTask
from workday.answers import InboxTask as Shown

Facts = dict[str, str]

COLUMNS = (
    "title",
    "subject",
    "process",
    "process_wid",
    "process_resource",
    "step_type",
    "step_type_wid",
    "status",
    "status_wid",
    "initiator",
    "assigned_at",
    "due_on",
)
# What a person reads, in the order of the page; the keys are columns of InboxTask.
LABELS = {
    "process": "Process",
    "title": "Step",
    "subject": "About",
    "step_type": "Step type",
    "due_on": "Due",
    "initiator": "From",
}
# Workday's single read may leave these out although its list shows them, so their absence proves no change.
OPTIONAL = frozenset({"initiator"})


def mirrored(task: Shown) -> dict[str, Any]:
    """A task as Workday shows it, as columns of our mirror."""
    return {
        "title": task.title[:500],
        "subject": task.subject.descriptor[:500],
        "process": task.process.descriptor[:500],
        "process_wid": task.process.id,
        "process_resource": task.process.resource,
        "step_type": task.step_type.descriptor[:200],
        "step_type_wid": task.step_type.id,
        "status": task.status.descriptor[:200],
        "status_wid": task.status.id,
        "initiator": task.initiator.descriptor[:500],
        "assigned_at": task.assigned_at,
        "due_on": task.due_on,
    }


def of_task(task: InboxTask) -> Facts:
    return {name: str(getattr(task, name) or "") for name in LABELS}


def of_shown(task: Shown) -> Facts:
    columns = mirrored(task)
    return {name: str(columns[name] or "") for name in LABELS}


def fingerprint(task: InboxTask) -> str:
    """Ties a form to the facts it was shown with; keyed, so that it cannot be made up."""
    text = json.dumps([str(task.pk), of_task(task)], sort_keys=True)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def differences(before: Facts, now: Facts) -> Facts:
    """The facts that are not what they were, as they are now; empty when the person saw just this."""
    return {
        name: now.get(name, "")
        for name in LABELS
        if before.get(name, "") != now.get(name, "") and not (name in OPTIONAL and not now.get(name))
    }


@dataclass(frozen=True, slots=True)
class Version:
    """One fact that changed, as it was shown and as it is now."""

    label: str
    before: str
    now: str


def versions(shown: Facts, found: Facts) -> list[Version]:
    return [Version(label, shown.get(name, ""), found[name]) for name, label in LABELS.items() if name in found]
