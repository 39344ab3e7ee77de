"""What Workday lets a connected person do, asked with a connection's own token by three reads that show nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from accounts.models import User
from audit.models import record
from connections import tokens
from connections.checkup.findings import Finding
from connections.checkup.verdicts import Check, Verdict
from connections.models import Connection, Tenant
from workday.client import Workday
from workday.errors import Answered, Unanswered, WorkdayError
from workday.secret import Secret
from workday.session import Session

CHECKS = (Check.WORKER, Check.INBOX, Check.PROCESS)
_FORBIDDEN = {
    Check.WORKER: Verdict.WORKER_FORBIDDEN,
    Check.INBOX: Verdict.INBOX_FORBIDDEN,
    Check.PROCESS: Verdict.PROCESS_FORBIDDEN,
}
_ALLOWED = {Check.WORKER: Verdict.WORKER_TOLD, Check.INBOX: Verdict.INBOX_OPEN, Check.PROCESS: Verdict.PROCESS_OPEN}


def same(verdict: Verdict) -> list[Finding]:
    """One verdict for all that could not be asked."""
    return [Finding(check, verdict) for check in CHECKS]


def newest(tenant: Tenant) -> Connection | None:
    """Whose token is used: the newest that is healthy, a person's before the ISU's."""
    healthy = tenant.connections.usable().filter(state=Connection.State.HEALTHY)
    # "person" sorts after "isu".
    return healthy.select_related("tenant").order_by("-kind", "-connected_at").first()


def findings(session: Session, connection: Connection, asker: User | None, seconds: float) -> list[Finding]:
    """Three lines, within about `seconds` once there is a token. On the record, because it is somebody's own token."""
    record(
        "connection.checked",
        actor=asker.pk if asker else None,
        tenant=connection.tenant_id,
        subject=connection.pk,
    )
    try:
        bearer = tokens.bearer(connection)
        found = _asked(session, connection, bearer, seconds / 6)
        if found[0].verdict is Verdict.TOKEN_ENDED:
            found = _asked(session, connection, tokens.bearer(connection, rejected=bearer), seconds / 6)
    except tokens.NeedsReconnect:
        return same(Verdict.TOKEN_ENDED)
    except tokens.TenantTrouble:
        return same(Verdict.NOT_RENEWED)
    except tokens.TokenError:
        return same(Verdict.BUSY)
    return found


def _asked(session: Session, connection: Connection, bearer: Secret, each_seconds: float) -> list[Finding]:
    limit = min(settings.READ_SECONDS, each_seconds)
    workday = Workday(session, connection.tenant.rest_endpoint, bearer, read_seconds=limit)
    calls: dict[Check, Callable[[], object]] = {
        Check.WORKER: workday.me,
        Check.INBOX: lambda: workday.inbox_page(0, limit=1),
        Check.PROCESS: lambda: workday.awaiting_steps(limit=1),
    }
    return [Finding(check, _adapted(connection, check, _verdict(check, call))) for check, call in calls.items()]


def _verdict(check: Check, call: Callable[[], object]) -> Verdict:
    try:
        answer = call()
    except Answered as refusal:
        return _refused(check, refusal.status)
    except Unanswered as failure:
        return Verdict.BUSY if failure.status is None or failure.status >= 500 else Verdict.ODD
    except WorkdayError:
        return Verdict.BUSY
    return Verdict.INBOX_EMPTY if check is Check.INBOX and not answer else _ALLOWED[check]


def _refused(check: Check, status: int) -> Verdict:
    if status == 403:
        return _FORBIDDEN[check]
    if status == 404 and check is Check.WORKER:
        return Verdict.WORKER_MISSING
    if status == 401:
        return Verdict.TOKEN_ENDED
    return Verdict.BUSY if status == 429 or status >= 500 else Verdict.ODD


def _adapted(connection: Connection, check: Check, verdict: Verdict) -> Verdict:
    """What is no fault here: an ISU without a worker, and businessProcess where the classic service decides.

    Whether somebody's inbox is empty is nobody else's business, unless it is the integration system user's.
    """
    if connection.is_isu and verdict in (Verdict.WORKER_MISSING, Verdict.WORKER_FORBIDDEN):
        return Verdict.WORKER_ISU
    if verdict is Verdict.INBOX_EMPTY and not connection.is_isu:
        return Verdict.INBOX_OPEN
    classic = connection.tenant.decide_by == Tenant.DecideBy.INBOX_TASK
    return Verdict.PROCESS_NOT_NEEDED if classic and verdict is Verdict.PROCESS_FORBIDDEN else verdict
