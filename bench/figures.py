"""Figures with their goals, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio or difference; it meets its goal when it is not above it, or when it has none."""

    name: str
    value: float
    goal: float | None
    unit: str

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.value <= self.goal

    def __str__(self) -> str:
        if self.goal is None:
            return f"{self.name} {self.value:.4g} {self.unit}"
        verdict = "met" if self.is_met else "MISSED"
        return f"{self.name} {self.value:.4g} {self.unit} (goal {self.goal:g} {self.unit}: {verdict})"


@dataclass(frozen=True, slots=True)
class Times:
    """Durations of one kind, in seconds."""

    seconds: Sequence[float]

    @property
    def middle(self) -> float:
        """The median, in milliseconds."""
        return 1000 * median(self.seconds)

    @property
    def late(self) -> float:
        """The 95th percentile, in milliseconds."""
        return 1000 * quantiles(self.seconds, n=20, method="inclusive")[-1]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the right, but for the first."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([cells[0].ljust(len(first)), *others])
