"""A check-up in words: the summary, and a plain text to give to whoever administers Workday."""

from __future__ import annotations

from collections import Counter

from django.utils import timezone
from django.utils.formats import date_format

from connections.checkup.findings import Finding
from connections.checkup.verdicts import Grade
from connections.models import Tenant, TenantCheck

_WORDS = {
    Grade.PROBLEM: ("problem", "problems"),
    Grade.WARNING: ("warning", "warnings"),
    Grade.UNKNOWN: ("check that could not be made", "checks that could not be made"),
}


def summary(found: list[Finding]) -> str:
    """One line: how many of what, the gravest first."""
    counts = Counter(finding.grade for finding in found)
    parts = [f"{counts[grade]} {words[counts[grade] > 1]}" for grade, words in _WORDS.items() if counts[grade]]
    return f"{_joined(parts)}." if parts else "No problem was found."


def tone(found: list[Finding]) -> str:
    """The class of the notice around the summary: of the gravest grade."""
    grades = {finding.grade for finding in found}
    if Grade.PROBLEM in grades:
        return "error"
    return "warning" if grades & {Grade.WARNING, Grade.UNKNOWN} else "success"


def exit_code(found: list[Finding]) -> int:
    """For programs: 1 when there is a problem, 2 when there is none but something could not be checked, else 0."""
    grades = {finding.grade for finding in found}
    if Grade.PROBLEM in grades:
        return 1
    return 2 if Grade.UNKNOWN in grades else 0


def text(tenant: Tenant, check: TenantCheck, found: list[Finding]) -> str:
    """Everything that the page says, without any secret, in lines that fit a mail."""
    at = date_format(timezone.localtime(check.at), "j F Y, H:i T")
    head = [
        f"Check-up of the Workday tenant {tenant.name} ({tenant.get_environment_display()})",
        f"made by Countersign on {at}",
        "",
        summary(found),
        "",
        *_lines(found),
        "What is entered in Countersign",
        f"  Client ID: {tenant.client_id}",
        f"  Redirection URI: {tenant.redirect_uri}",
        f"  Workday REST API Endpoint: {tenant.rest_endpoint}",
        f"  Token Endpoint: {tenant.token_endpoint}",
        f"  Authorization Endpoint: {tenant.authorization_endpoint}",
    ]
    return "\n".join(head) + "\n"


def _lines(found: list[Finding]) -> list[str]:
    lines = []
    for finding in found:
        lines.append(f"[{finding.grade.value}] {finding.check.value}: {finding.what}")
        lines += [f"  To do: {finding.todo}", ""] if finding.todo else [""]
    return lines


def _joined(parts: list[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
