"""What each of the two builds of a release makes, and what a build of what changed leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbt_models.project import FOLDER, ROOT, listed
from evergreen.orchestration import builds

MODELS = FOLDER / "models"


def test_a_build_of_what_changed_leaves_out_views_of_the_input_layer_only() -> None:
    """The selection names tables; another materialization there would never be built again."""
    selected = set(builds.INPUT_UNLESS_VIEWS)
    for folder in ("staging", "input_layer"):
        assert {
            f"path:models/{folder},resource_type:test",
            f"path:models/{folder},config.materialized:table",
        } <= selected
        texts = [path.read_text("utf-8") for path in (MODELS / folder).rglob("*.*")]
        kinds = {kind for text in texts for kind in re.findall(r"materialized[:=]\s*['\"]?(\w+)", text)}
        assert kinds <= {"view", "table"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Models and tests of the first build, and of the second."""
    target = tmp_path_factory.mktemp("target")
    first = listed(target, select=(*builds.INPUT, *builds.FACTS))
    return first, listed(target, select=builds.MARTS, exclude=builds.FACTS)


def test_every_model_and_test_is_in_one_of_the_two_builds(
    built: tuple[set[str], set[str]], tmp_path: Path
) -> None:
    first, second = built
    assert first | second == listed(tmp_path)
    assert not first & second


def test_what_the_tasks_in_between_read_is_built_before_them(built: tuple[set[str], set[str]]) -> None:
    tasks = [*(ROOT / "plugins/evergreen/orchestration").glob("*_tables.py")]
    read = {name for task in tasks for name in re.findall(r"int_[a-z]+__[a-z_]+", task.read_text("utf-8"))}
    assert {"int_prediction__histories", "int_satisfaction__ratings"} <= read <= built[0]


def test_what_marts_alone_read_waits_for_them(built: tuple[set[str], set[str]]) -> None:
    assert {"int_lifecycle__foreseen_spells", "int_value__customer_months", "customers"} <= built[1]
