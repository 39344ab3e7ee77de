"""The people who work in the sandbox tenants. Fixed, so that tests and demos can name them by key.

=============  ==================================================================================
Key            What the person is good for
=============  ==================================================================================
manager        more than 120 tasks of every kind
colleague      a second manager: 12 tasks, eight of them shared with the manager
employee       a few tasks, none that can be approved
newcomer       an empty inbox
executive      the manager's manager; gets what needs a second approval
partner        the HR partner; gets title changes and hires after the manager
isu            the integration system user, with three tasks of its own and no worker record
=============  ==================================================================================

Everybody else submits what the others decide.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """One person as written down here; `manager` is another person's key, or empty."""

    key: str
    name: str
    title: str
    organization: str
    manager: str = ""


BIG_COMPANY: tuple[PersonSpec, ...] = (
    PersonSpec("manager", "Helena Brandt", "Director, Operations", "Operations", "executive"),
    PersonSpec("colleague", "Kwame Adjei", "Director, Finance", "Finance", "executive"),
    PersonSpec("employee", "Tomasz Wiśniewski", "Logistics Analyst", "Operations", "manager"),
    PersonSpec("newcomer", "Priya Raghunathan", "Operations Trainee", "Operations", "manager"),
    PersonSpec("executive", "Saoirse O'Donnell", "Chief Operating Officer", "Executive Office"),
    PersonSpec("partner", "Amina Haddad", "HR Partner", "People", "executive"),
    PersonSpec("planner", "Mateus Figueiredo", "Supply Planner", "Operations", "manager"),
    PersonSpec("buyer", "Yuki Tanabe", "Senior Buyer", "Operations", "manager"),
    PersonSpec("supervisor", "Chidi Nwosu", "Warehouse Supervisor", "Operations", "manager"),
    PersonSpec("engineer", "Elif Karaca", "Process Engineer", "Operations", "manager"),
    PersonSpec("driver", "Lars Østergaard", "Transport Coordinator", "Operations", "manager"),
    PersonSpec("quality", "Rosa Delgado", "Quality Lead", "Operations", "manager"),
    PersonSpec("controller", "Naledi Mokoena", "Cost Controller", "Finance", "colleague"),
    PersonSpec("clerk", "Graham Pettigrew", "Accounts Clerk", "Finance", "colleague"),
    PersonSpec("isu", "ISU Countersign", "Integration System User", "Integrations"),
)

SMALL_COMPANY: tuple[PersonSpec, ...] = (
    PersonSpec("manager", "Ingeborg Lindqvist", "Head of Studio", "Studio", "executive"),
    PersonSpec("colleague", "Farid Rahmani", "Head of Sales", "Sales", "executive"),
    PersonSpec("employee", "Zoë van Houten", "Designer", "Studio", "manager"),
    PersonSpec("newcomer", "Anselm D'Souza", "Junior Designer", "Studio", "manager"),
    PersonSpec("executive", "Valentina Rossi", "Managing Director", "Direction"),
    PersonSpec("partner", "Henrik Aalto", "People Lead", "Direction", "executive"),
    PersonSpec("planner", "Ngozi Eze", "Producer", "Studio", "manager"),
    PersonSpec("isu", "ISU Countersign", "Integration System User", "Integrations"),
)
