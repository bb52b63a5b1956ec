"""What the project holds of a source: definition, suites, models, its entry in `dbt_project.yml`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.onboarding.deliveries import PROJECT_FILE, without_source
from evergreen.settings import settings
from evergreen.sources import registry

_MADE = {"target", "logs"}


@dataclass(frozen=True)
class Written:
    """What the project holds of a source; all paths below the project.

    files: in the order in which they are removed: the definition, without which nothing else is found, last.
    folders: of models, which go with all they hold.
    is_entered: whether dbt_project.yml lists what the source delivers.
    """

    source: str
    files: list[Path]
    folders: list[Path]
    is_entered: bool

    def __bool__(self) -> bool:
        """Whether there is anything to remove."""
        return bool(self.files or self.is_entered)

    def remove(self) -> None:
        """Remove everything; the entry that lets builds see the source goes first."""
        root = settings().project
        if (rest := without_source(self.source)) is not None:
            (root / PROJECT_FILE).write_text(rest, encoding="utf-8")
        for folder in self.folders:
            shutil.rmtree(root / folder)
        for path in self.files:
            (root / path).unlink(missing_ok=True)


def find(name: str) -> Written:
    """Return what the project holds of the source `name`."""
    root = settings().project
    layers = [Path("dbt_project/models", layer, name) for layer in ("staging", "input_layer")]
    folders = [folder for folder in layers if (root / folder).is_dir()]
    models = [path for folder in folders for path in sorted((root / folder).rglob("*")) if path.is_file()]
    longer = [f"{path.stem}__" for path in (root / "sources").glob(f"{name}__*.yml")]
    suites = [
        path
        for path in sorted((root / "expectations").glob(f"{name}__*.json"))
        if not path.name.startswith(tuple(longer))
    ]
    definition = root / "sources" / f"{name}.yml"
    files = [path.relative_to(root) for path in (*models, *suites, definition) if path.is_file()]
    return Written(name, files, folders, without_source(name) is not None)


def tables(name: str) -> list[str]:
    """Return the tables that the definition names; none where it is missing or cannot be read."""
    try:
        return list(registry.load(name).tables)
    except EvergreenError:
        return []


def refuse_if_named_elsewhere(written: Written) -> None:
    """Make sure that the project can do without the source.

    Raises:
        EvergreenError: a model, test or unit test of others names its models.
    """
    models = re.compile(rf"\b(?:stg|input)_{re.escape(written.source)}__\w+")
    for path in _others(written):
        if found := models.search(path.read_text(encoding="utf-8")):
            shown = path.relative_to(settings().project)
            raise EvergreenError(
                f"source {written.source}: {shown} names its model {found[0]}: change that first, "
                "or use --loaded-only"
            )


def _others(written: Written) -> Iterator[Path]:
    """Yield the files of the dbt project that are not the source's own."""
    root = settings().project
    own = {root / path for path in written.files}
    for path in sorted((root / "dbt_project").rglob("*")):
        if path.suffix in (".sql", ".yml") and path not in own and not _MADE & set(path.parts):
            yield path
