"""The structure of the dbt project holds: see rules.py."""

from __future__ import annotations

import pytest

from dbt_models.project import Project
from dbt_models.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_project_keeps_the_rule(rule: Rule, project: Project) -> None:
    broken = list(rule(project))
    assert not broken, "\n".join(broken)
