"""The dbt project as its tests see it: dbt's manifest, dbt_project.yml, the source definitions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evergreen.sources import registry

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dbt_project"


@dataclass
class Model:
    """A node of the manifest, and where it stands."""

    node: dict[str, Any]
    layer: str  # staging, delivery, contract, intermediate, fact or mart
    group: str | None  # the source of staging and deliveries, the domain of the rest

    @property
    def name(self) -> str:
        return str(self.node["name"])

    @property
    def code(self) -> str:
        return str(self.node["raw_code"])


@dataclass
class Project:
    """What the structural rules look at. `load` reads it; tests of the rules break copies of it."""

    manifest: dict[str, Any]
    config: dict[str, Any]
    source_tables: dict[str, list[str]] = field(default_factory=dict)  # of sources/*.yml

    @property
    def models(self) -> list[Model]:
        nodes = self.manifest["nodes"].values()
        return [place(node) for node in nodes if node["resource_type"] == "model"]

    def in_layers(self, *layers: str) -> list[Model]:
        return [model for model in self.models if model.layer in layers]

    def parents(self, model: Model) -> Iterator[dict[str, Any]]:
        """The models, seeds and sources that a model reads."""
        for unique_id in model.node["depends_on"]["nodes"]:
            yield self.manifest["nodes"].get(unique_id) or self.manifest["sources"][unique_id]

    def tests_of(self, model: Model) -> list[dict[str, Any]]:
        """The generic data tests attached to a model."""
        return [
            node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "test" and node.get("attached_node") == model.node["unique_id"]
        ]


def place(node: dict[str, Any]) -> Model:
    """Tell a model's layer and group from its folder."""
    folders = Path(node["original_file_path"]).parent.parts[1:]
    layer, group = folders[0], folders[1] if len(folders) > 1 else None
    if layer == "input_layer":
        layer = "delivery" if group else "contract"
    elif layer == "marts":
        layer = "fact" if folders[-1] == "facts" else "mart"
    return Model(node, layer, group)


def run_dbt(*arguments: str, target: Path, environment: dict[str, str] | None = None) -> str:
    """Run dbt on the project, its files below `target`; return what it said, or fail with the end of it."""
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors"),
            *arguments,
            *("--project-dir", str(FOLDER), "--profiles-dir", str(FOLDER)),
            *("--target-path", str(target), "--log-path", str(target / "logs")),
        ],
        check=False,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"dbt {' '.join(arguments)}:\n{done.stdout[-6000:]}"
    return done.stdout


def listed(target: Path, select: Sequence[str] = ("*",), exclude: Sequence[str] = ()) -> set[str]:
    """Return the names of the models, seeds and data tests that a build selects."""
    said = run_dbt(
        *("--quiet", "ls", "--output", "name", "--indirect-selection", "buildable"),
        *(part for kind in ("model", "seed", "test") for part in ("--resource-type", kind)),
        *("--select", *select),
        *(("--exclude", *exclude) if exclude else ()),
        target=target,
    )
    return set(said.split())


def load(target: Path) -> Project:
    """Parse the project, which takes no database, into `target`."""
    run_dbt("parse", target=target)
    return Project(
        manifest=json.loads((target / "manifest.json").read_text()),
        config=yaml.safe_load((FOLDER / "dbt_project.yml").read_text()),
        source_tables={name: list(source.tables) for name, source in registry.load_all(ROOT).items()},
    )
