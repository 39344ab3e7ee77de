"""What the page offers for finding a task: what can be chosen, how many of each, and the person's saved views."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from inbox.counts import Counts
from inbox.filters import DUE, HERE, Filter
from inbox.models import SavedView
from inbox.order import ORDERS
from inbox.rows import Inbox

# Kinds that are one tap away; all of them are in the list to choose from.
KINDS_SHOWN = 6


class Choice(NamedTuple):
    value: str
    label: str
    is_chosen: bool
    query: str = ""


class Menu(NamedTuple):
    name: str
    label: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Finder:
    filter: Filter
    counts: Counts
    inboxes: list[Inbox]
    saved: list[SavedView]
    # Whether this person may look at an integration system user's inbox as well.
    has_isu: bool = False

    @property
    def kinds(self) -> list[Choice]:
        """The most frequent kinds of process, each with the address that shows only it."""
        frequent = [kind for kind, _ in self.counts.kinds.most_common(KINDS_SHOWN) if kind]
        chosen = [self.filter.kind] if self.filter.kind and self.filter.kind not in frequent else []
        return [self._kind(kind) for kind in (*frequent, *chosen)]

    @property
    def menus(self) -> list[Menu]:
        """Everything to choose from; what only one thing could be chosen for is left out."""
        tenants = {inbox.connection.tenant.key: inbox.connection.tenant.name for inbox in self.inboxes}
        menus = [
            self._menu("kind", "Process", _counted(self.counts.kinds), "All processes"),
            self._menu("step", "Step", _counted(self.counts.steps), "All steps"),
            self._menu("due", "Due", DUE, "Any time"),
            self._menu("here", "Decide", HERE, "Here or in Workday"),
            self._menu("sort", "Order", {name: order.label for name, order in ORDERS.items()}, ""),
        ]
        return [self._menu("tenant", "Tenant", tenants, "All tenants"), *menus] if len(tenants) > 1 else menus

    @property
    def chosen(self) -> list[Choice]:
        """What is chosen that no other chip shows, each with the address that takes it back."""
        found = [Choice("q", f"“{self.filter.q}”", True, self._without("q"))] if self.filter.q else []
        for menu in self.menus:
            picked = next(choice for choice in menu.choices if choice.is_chosen)
            if menu.name not in ("kind", "sort") and picked.value:
                found.append(Choice(menu.name, picked.label, True, self._without(menu.name)))
        return found

    @property
    def views(self) -> list[tuple[SavedView, bool]]:
        """The person's saved views, each with whether it is the one on show."""
        return [(view, view.query == self.filter.query) for view in self.saved]

    @property
    def can_save(self) -> bool:
        return bool(self.filter.query) and not any(is_shown for _, is_shown in self.views)

    def _without(self, name: str) -> str:
        return dataclasses.replace(self.filter, **{name: ""}).query

    def _kind(self, kind: str) -> Choice:
        is_chosen = kind == self.filter.kind
        label = f"{kind} ({self.counts.kinds[kind]})"
        return Choice(kind, label, is_chosen, self.filter.of_kind("" if is_chosen else kind))

    def _menu(self, name: str, label: str, labels: dict[str, str], everything: str) -> Menu:
        chosen = getattr(self.filter, name)
        known = {**labels, **({chosen: chosen} if chosen and chosen not in labels else {})}
        choices = [Choice(value, text, value == chosen) for value, text in known.items()]
        return Menu(name, label, [Choice("", everything, not chosen), *choices] if everything else choices)


def _counted(counts: dict[str, int]) -> dict[str, str]:
    return {name: f"{name} ({count})" for name, count in sorted(counts.items()) if name}
