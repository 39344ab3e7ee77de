from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.*"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_comment_that_people_would_read(template: Path) -> None:
    """Django takes `{# #}` for a comment within one line only."""
    torn = [line for line in template.read_text().splitlines() if line.count("{#") != line.count("#}")]
    assert torn == []
