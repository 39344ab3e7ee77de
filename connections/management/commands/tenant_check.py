from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.db.models import Q

from connections.checkup import asking, report, running
from connections.checkup.findings import Finding
from connections.management.keyed import KeyedCommand
from connections.models import Tenant, TenantCheck

PROBLEM, NOT_CHECKED = 1, 2


class Command(KeyedCommand):
    help = (
        "Check a tenant as its check-up page does. Ends with 0 when nothing is wrong, "
        f"{PROBLEM} when a problem was found, {NOT_CHECKED} when something could not be checked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="its key or its name")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = Tenant.objects.filter(Q(key=options["tenant"]) | Q(name=options["tenant"])).first()
            if tenant is None:
                raise CommandError("There is no tenant of this key or name.", returncode=NOT_CHECKED)
            check = asking.begin(tenant, None)
            check.refresh_from_db()
            found = running.examine(tenant, None)
            running.save(check, found)
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}", returncode=NOT_CHECKED) from None
        as_text = json.dumps(_as_json(tenant, check, found), indent=2) + "\n" if options["json"] else ""
        self.stdout.write(as_text or report.text(tenant, check, found), ending="")
        if code := report.exit_code(found):
            sys.exit(code)


def _as_json(tenant: Tenant, check: TenantCheck, found: list[Finding]) -> dict[str, Any]:
    return {
        "tenant": tenant.key,
        "at": check.at.isoformat(),
        "exit": report.exit_code(found),
        "summary": report.summary(found),
        "findings": [{**each.row(), "grade": each.grade.name, "what": each.what, "todo": each.todo} for each in found],
    }
