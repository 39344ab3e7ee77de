"""What every answer of the inbox shows around its rows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import User
from inbox.attention import needing
from inbox.bulk.progress import to_tell
from inbox.counts import counts_of
from inbox.rows import Inbox, is_under_way

# Seconds between looks of an open page: quick while something is under way, calm otherwise.
POLL_LIVE = 1
POLL_CALM = 15


def head(user: User, inboxes: list[Inbox], loaded: str = "") -> dict[str, Any]:
    """The counts, how each inbox stands, and when the page should look again."""
    now = timezone.now()
    batches = to_tell(user)
    busy = is_under_way(user) or any(each.is_awaited for each in inboxes) or any(each.is_running for each in batches)
    return {
        "inboxes": inboxes,
        "batches": batches,
        "counts": counts_of(inboxes),
        "count_needing": needing(user).count(),
        "poll_seconds": POLL_LIVE if busy else POLL_CALM,
        "cursor": now.isoformat(),
        "loaded": loaded or now.isoformat(),
    }


def place_marks(inboxes: list[Inbox]) -> dict[str, Any]:
    """Rows name their tenant only where there is more than one place they could come from."""
    several = len({inbox.connection.tenant_id for inbox in inboxes}) > 1
    return {"show_tenant": several or any(inbox.connection.is_isu for inbox in inboxes)}
