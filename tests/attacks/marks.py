"""Which tests carry the mark of which row, read from the sources of the tests."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Marked = dict[str, dict[str, set[str]]]


def marked() -> Marked:
    """For each row the files with tests of it, as paths from the root, and the tests' names in each."""
    found: Marked = defaultdict(lambda: defaultdict(set))
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        path = file.relative_to(ROOT).as_posix()
        module = ast.parse(file.read_text(encoding="utf-8"))
        for_all = [row for statement in module.body if _is_pytestmark(statement) for row in _rows(statement)]
        for test in (statement for statement in module.body if isinstance(statement, ast.FunctionDef)):
            own = [row for decorator in test.decorator_list for row in _rows(decorator)]
            for row in own + for_all if test.name.startswith("test_") else []:
                found[row][path].add(test.name)
    return found


def _is_pytestmark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark"


def _rows(node: ast.AST) -> Iterator[str]:
    """The rows in a `pytest.mark.attack(...)`, or in several."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.attack":
            yield from (row.value for row in call.args if isinstance(row, ast.Constant) and isinstance(row.value, str))
