from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.table import ROWS
from tests.settings_process import ROOT

ALL = ", ".join(f'"{row}"' for row in ROWS)


def run(folder: Path, source: str, *options: str) -> tuple[int, list[str]]:
    """What pytest exits with and says when the plugin looks at tests with this source."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = attack(row): shows a row\ntestpaths = .\n")
    (folder / "test_it.py").write_text(f"import pytest\n\n{source}")
    plugins = ["-p", "tests.attacks.table", "-p", "no:django", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_run_that_shows_every_row_says_so_and_ends_well(tmp_path: Path) -> None:
    code, lines = run(tmp_path, f"@pytest.mark.attack({ALL})\ndef test_all(): pass\n")
    assert code == 0
    assert "46 of 46 rows passed, 0 of them against both servers" in lines
    assert "1 passed" in lines[-1]


def test_a_whole_run_without_a_test_for_a_row_fails_and_names_it(tmp_path: Path) -> None:
    shown = ALL.replace('"T07", ', "")
    code, lines = run(tmp_path, f"@pytest.mark.attack({shown})\ndef test_most(): pass\n")
    assert code == 1
    assert "No test shows T07." in lines
    assert "T07      0                        no test" in lines


def test_one_failing_test_fails_its_row(tmp_path: Path) -> None:
    source = """
@pytest.mark.attack("T01")
@pytest.mark.parametrize("good", [True, False, True])
def test_one(good): assert good
"""
    code, lines = run(tmp_path, source, "-m", "attack")
    assert code == 1
    assert "T01      3                        failed" in lines


def test_an_error_in_the_set_up_fails_the_row(tmp_path: Path) -> None:
    source = """
@pytest.fixture
def broken(): raise OSError

@pytest.mark.attack("T02")
def test_two(broken): pass
"""
    assert "T02      1                        failed" in run(tmp_path, source)[1]


def test_a_row_whose_tests_were_all_skipped_has_not_passed(tmp_path: Path) -> None:
    source = """
@pytest.mark.attack("T03")
def test_three(): pytest.skip("no browser")

@pytest.mark.attack("T04")
def test_four(): pytest.skip("no browser")

@pytest.mark.attack("T04")
def test_four_again(): pass
"""
    lines = run(tmp_path, source)[1]
    assert "T03      1                        skipped" in lines
    assert "T04      2                        passed" in lines


def test_a_row_counts_for_the_servers_its_tests_passed_against(tmp_path: Path) -> None:
    source = """
@pytest.fixture(params=["sandbox", "independent"])
def far(request): return request.param

@pytest.fixture
def sandbox(): pass

@pytest.mark.attack("T05")
def test_both(far): pass

@pytest.mark.attack("T06")
def test_half(far):
    if far == "independent":
        pytest.skip("it is not here")

@pytest.mark.attack("T07")
def test_ours(sandbox): pass
"""
    lines = run(tmp_path, source)[1]
    assert "T05      2  sandbox, independent  passed" in lines
    assert "T06      2  sandbox               passed" in lines
    assert "T07      1  sandbox               passed" in lines
    assert "3 of 46 rows passed, 1 of them against both servers" in lines


@pytest.mark.parametrize("options", [["-k", "one"], ["test_it.py"]])
def test_a_run_of_some_tests_says_nothing(tmp_path: Path, options: list[str]) -> None:
    code, lines = run(tmp_path, '@pytest.mark.attack("T01")\ndef test_one(): pass\n', *options)
    assert code == 0
    assert not [line for line in lines if "rows passed" in line]


def test_of_some_attacks_only_those_are_told(tmp_path: Path) -> None:
    source = '@pytest.mark.attack("T01")\ndef test_one(): pass\n\n@pytest.mark.attack("T02")\ndef test_two(): pass\n'
    code, lines = run(tmp_path, source, "-m", "attack", "-k", "two")
    assert code == 0
    assert [line[:3] for line in lines if line.startswith("T")] == ["T02"]
    assert "1 of 46 rows passed, 0 of them against both servers" in lines


def test_a_row_that_does_not_exist_stops_the_run(tmp_path: Path) -> None:
    code, lines = run(tmp_path, '@pytest.mark.attack("T99")\ndef test_one(): pass\n')
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: test_it.py::test_one: there is no row 'T99' in docs/security.md" in lines
