"""What a build of what changed leaves out."""

from __future__ import annotations

import re
from pathlib import Path

from evergreen.orchestration import builds

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"


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
