"""Says at the end of a test run how each row of docs/security.md fared. A pytest plugin.

A test that shows a row carries `@pytest.mark.attack("T24")`. A whole run, and one with `-m attack`, ends with the
table; a whole run fails when a row has no test.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

ROWS = tuple(f"T{number:02}" for number in range(1, 47))
BOTH = frozenset({"sandbox", "independent"})
# A test takes its far side as `far`, once for each server, or as one of these.
_FIXTURES = {
    "sandbox": {"sandbox", "_sandbox", "sandbox_server", "story", "system"},
    "independent": {"_independent", "independent_server"},
}


@dataclass
class Shown:
    """One test of one row; `outcome` is pytest's word, empty until there is one."""

    servers: frozenset[str]
    outcome: str = ""

    def hear(self, report: pytest.TestReport) -> None:
        """The worst of set-up, call and tear-down counts."""
        if self.outcome != "failed" and (report.when == "call" or not report.passed):
            self.outcome = report.outcome


@dataclass
class Row:
    tests: dict[str, Shown] = field(default_factory=dict)

    @property
    def servers(self) -> set[str]:
        """The servers it was shown against."""
        return {server for test in self.tests.values() if test.outcome == "passed" for server in test.servers}

    @property
    def verdict(self) -> str:
        """One bad test is enough; skipped tests say nothing while others ran."""
        outcomes = {test.outcome for test in self.tests.values()}
        return next((word for word in ("failed", "", "passed", "skipped") if word in outcomes), "no test") or "not run"


class Table:
    def __init__(self) -> None:
        self.rows = {name: Row() for name in ROWS}

    def expect(self, item: pytest.Item) -> None:
        """Raises pytest.UsageError for a row that does not exist."""
        for name in _rows_of(item):
            if name not in self.rows:
                raise pytest.UsageError(f"{item.nodeid}: there is no row {name!r} in docs/security.md")
            self.rows[name].tests[item.nodeid] = Shown(_servers_of(item))

    def hear(self, item: pytest.Item, report: pytest.TestReport) -> None:
        for name in _rows_of(item):
            self.rows[name].tests[item.nodeid].hear(report)

    def lines(self, *, whole: bool) -> Iterator[str]:
        """Rows that no test was chosen for are told of a whole run only."""
        yield f"{'row':5}{'tests':>5}  {'servers':22}result"
        for name, row in self.rows.items():
            if not row.tests and not whole:
                continue
            servers = ", ".join(sorted(row.servers, reverse=True))
            yield f"{name:5}{len(row.tests):>5}  {servers:22}{row.verdict}"
        passed = [row for row in self.rows.values() if row.verdict == "passed"]
        both = [row for row in passed if row.servers >= BOTH]
        yield f"{len(passed)} of {len(ROWS)} rows passed, {len(both)} of them against both servers"

    @property
    def without_test(self) -> list[str]:
        return [name for name, row in self.rows.items() if not row.tests]


def _rows_of(item: pytest.Item) -> list[str]:
    return [name for mark in item.iter_markers("attack") for name in mark.args]


def _servers_of(item: pytest.Item) -> frozenset[str]:
    callspec = getattr(item, "callspec", None)
    chosen = {callspec.params["far"]} if callspec and "far" in callspec.params else set()
    taken = set(getattr(item, "fixturenames", ()))
    return frozenset(chosen | {server for server, fixtures in _FIXTURES.items() if fixtures & taken})


_TABLE = pytest.StashKey[Table]()


def _is_whole(config: pytest.Config) -> bool:
    """Whether no test that shows a row was left out."""
    option = config.option
    narrowed = option.keyword or option.deselect or getattr(option, "lf", False)
    everything = config.args_source is not pytest.Config.ArgsSource.ARGS
    return everything and not narrowed and option.markexpr in ("", "attack")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = Table()


def pytest_collection_finish(session: pytest.Session) -> None:
    for item in session.items:
        session.config.stash[_TABLE].expect(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.config.stash[_TABLE].hear(item, report)
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    missing = session.config.stash[_TABLE].without_test
    if exitstatus == pytest.ExitCode.OK and missing and _is_whole(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Before pytest's own closing line, which stays the last."""
    table, whole = config.stash[_TABLE], _is_whole(config)
    is_over = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not config.option.collectonly
    if not is_over or not (whole or config.option.markexpr == "attack"):
        return
    terminalreporter.section("attacks")
    for line in table.lines(whole=whole):
        terminalreporter.line(line)
    if whole and table.without_test:
        terminalreporter.line(f"No test shows {', '.join(table.without_test)}.", red=True)
