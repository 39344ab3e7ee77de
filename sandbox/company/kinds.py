"""The sorts of business process that run in a sandbox company, and what their inbox tasks look like."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.company.model import Planned

TO_FINANCE = Planned("Approval by Finance Partner", "Approval", "colleague")
TO_PARTNER = Planned("Approval by HR Partner", "Approval", "partner")
TO_EXECUTIVE = Planned("Approval by Manager's Manager", "Approval", "executive")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of process.

    `headline` is what the overall process is called; `target` says what the process is about:
    a worker, a position, a supervisory organization or another business process.
    """

    key: str
    process: str
    resource: str
    headline: str
    title: str
    step_type: str = "Approval"
    target: str = "worker"
    then: tuple[Planned, ...] = ()
    sends_back: bool = True
    attachment: str = ""
    help_text: str = ""


CATALOGUE: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("time_off", "Absence Request", "timeOffRequest", "Absence Request: {name}", "Approval by Manager"),
        Kind(
            "title_change",
            "Title Change",
            "businessTitleChanges",
            "Title Change: {name}",
            "Approval by Manager",
            then=(TO_PARTNER,),
            sends_back=False,
        ),
        Kind(
            "expense",
            "Expense Report Event",
            "businessProcesses",
            "Expense Report: EXP-{number}, {name}, {amount}",
            "Approval by Cost Center Manager",
            then=(TO_FINANCE,),
            attachment="receipts-{number}.csv",
            help_text="<p>Check receipts above EUR 50 before you approve.</p>",
        ),
        Kind(
            "hire",
            "Hire",
            "businessProcesses",
            "Hire: {candidate} - P-{number} {job}",
            "Approval by Hiring Manager",
            target="position",
            then=(TO_PARTNER,),
            attachment="application-{number}.txt",
        ),
        Kind(
            "compensation",
            "Request Compensation Change",
            "businessProcesses",
            "Compensation Change: {name} ({employee_id}), {percent} increase",
            "Approval by Manager",
            then=(TO_EXECUTIVE,),
            help_text="<p>The budget of this year ends at 3.4&#37;.</p>",
        ),
        Kind(
            "requisition",
            "Requisition Event",
            "businessProcesses",
            "Requisition: REQ-{number}, {goods}, {amount}",
            "Approval by Cost Center Manager",
            target="organization",
        ),
        Kind(
            "purchase_order",
            "Purchase Order Event",
            "businessProcesses",
            'Purchase Order: PO-{number} from "{supplier}" & partners, {amount}',
            "Approval by Procurement",
            target="organization",
            attachment="offer-{number}.txt",
        ),
        Kind(
            "consolidated",
            "Enter Time",
            "businessProcesses",
            "Time Entry: {name}, week of {effective}",
            "Approval by Timekeeper",
            step_type="Consolidated Approval",
        ),
        Kind(
            "approval_chain",
            "Supplier Invoice Event",
            "businessProcesses",
            "Supplier Invoice: INV-{number}, {amount}",
            "Approval by Approval Chain",
            step_type="Approval Chain",
            target="organization",
        ),
        Kind(
            "job_change",
            "Change Job",
            "businessProcesses",
            "Change Job: {name} ({employee_id})",
            "Review Change Job",
            step_type="Action",
        ),
        Kind(
            "onboarding",
            "Onboarding",
            "businessProcesses",
            "Onboarding: {name}",
            "Onboarding Setup",
            step_type="Initiation",
            target="process",
        ),
        Kind(
            "review_documents",
            "Distribute Documents",
            "businessProcesses",
            "Distribute Documents: Code of Conduct, edition {number}",
            "Code of Conduct, edition {number}",
            step_type="Review Documents",
        ),
        Kind(
            "to_do",
            "Employee Review",
            "businessProcesses",
            "Manager Review: {name}",
            "Collect feedback before the review",
            step_type="To Do",
        ),
        Kind(
            "questionnaire",
            "Distribute Questionnaire",
            "businessProcesses",
            "Questionnaire: Working from home, {number}",
            "Working from home",
            step_type="Complete Questionnaire",
        ),
        Kind(
            "integration",
            "Integration Event",
            "businessProcesses",
            "Integration: Payroll export {number}",
            "Approval by Integration Owner",
            target="organization",
        ),
    )
}
