"""The parsed project, once for all tests here."""

from __future__ import annotations

import pytest

from dbt_models.project import Project, load


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The dbt project as it is. Copy it before changing it."""
    return load(tmp_path_factory.mktemp("dbt"))
