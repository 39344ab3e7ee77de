"""Carrying a check-up out. It is made in the worker, so that no page waits for what may not answer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from django.utils import timezone

from accounts.models import User
from connections import clients
from connections.checkup import access, authorization, client, reach, records
from connections.checkup.findings import Finding, sort
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant, TenantCheck
from workday.oauth import ApiClient
from workday.session import Session

# For everything together. Reaching takes ten of them at most; nothing begins when they are over.
SECONDS = 25.0


def run(check_id: int) -> None:
    """Fill in a check-up that was asked for.

    One that has its findings already stays as it is, and so does one of a tenant that was removed meanwhile.
    """
    asked = TenantCheck.objects.select_related("tenant", "asked_by").filter(pk=check_id, findings=[]).first()
    if asked is not None and asked.tenant is not None:
        save(asked, examine(asked.tenant, asked.asked_by))


def save(check: TenantCheck, found: list[Finding]) -> None:
    rows = [finding.row() for finding in found]
    TenantCheck.objects.filter(pk=check.pk, findings=[]).update(findings=rows)
    check.findings = rows


def examine(tenant: Tenant, asker: User | None) -> list[Finding]:
    """Look at everything, within about 25 s; a token that has to be renewed first may add its own ten."""
    until = time.monotonic() + SECONDS
    with clients.new_session() as session:
        seen = reach.look_at(session, tenant)
        found = list(reach.findings(seen, timezone.now()))
        # These two wait for Workday beside the third, which is the only one to use the database.
        with ThreadPoolExecutor(2) as pool:
            api_client = client.opened(tenant)
            client_verdict = pool.submit(_client, session, tenant, seen, api_client)
            page = pool.submit(_authorization, session, tenant, seen)
            inside = _access(session, tenant, seen, asker, until)
    isu_inbox_is_empty = any(each.verdict is Verdict.INBOX_EMPTY for each in inside)
    return sort(
        [
            *found,
            Finding(Check.CLIENT, _adapted(tenant, client_verdict.result())),
            *page.result(),
            *inside,
            *records.findings(tenant, isu_inbox_is_empty=isu_inbox_is_empty),
        ]
    )


def _client(session: Session, tenant: Tenant, seen: reach.Sights, api_client: ApiClient | Verdict) -> Verdict:
    if isinstance(api_client, Verdict):
        return api_client
    return client.verdict(session, api_client, tenant.redirect_uri) if seen[Check.TOKEN] else Verdict.NOT_ASKED


def _adapted(tenant: Tenant, verdict: Verdict) -> Verdict:
    """What keeps people from connecting is no problem where only an integration system user is meant to."""
    if verdict is Verdict.GRANT_TYPE and not records.serves_people(tenant):
        return Verdict.GRANT_TYPE_ISU
    return verdict


def _authorization(session: Session, tenant: Tenant, seen: reach.Sights) -> list[Finding]:
    if not seen[Check.AUTHORIZATION]:
        return [Finding(check, Verdict.NOT_ASKED) for check in (Check.REDIRECT, Check.PKCE)]
    return authorization.findings(session, tenant)


def _access(session: Session, tenant: Tenant, seen: reach.Sights, asker: User | None, until: float) -> list[Finding]:
    if not seen[Check.REST]:
        return access.same(Verdict.NOT_ASKED)
    connection = access.newest(tenant)
    if connection is None:
        return access.same(Verdict.NO_CONNECTION)
    left = until - time.monotonic()
    return access.findings(session, connection, asker, left) if left > 1 else access.same(Verdict.NO_TIME)
