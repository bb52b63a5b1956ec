"""Adding a source to the project: look, plan, write all files or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evergreen.errors import EvergreenError
from evergreen.onboarding.database import sample_table
from evergreen.onboarding.definition import definition, scalar
from evergreen.onboarding.deliveries import PROJECT_FILE, with_source
from evergreen.onboarding.models import model_files
from evergreen.onboarding.plan import TABLE, Plan, plan_source
from evergreen.onboarding.profile import profiles
from evergreen.onboarding.roles import guess_roles
from evergreen.onboarding.sample import Sample, take_sample
from evergreen.onboarding.service import sample_service
from evergreen.onboarding.suite import suite
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.sources.locations import redacted, scheme


@dataclass(frozen=True)
class Addition:
    """What adding a source means.

    plan: what was found out.
    files: path below the project → text, of files that do not exist yet.
    project_file: the new text of dbt_project.yml, where the source is entered.
    """

    plan: Plan
    files: dict[str, str]
    project_file: str

    def write(self) -> None:
        """Write everything; the entry that lets builds see the source comes last."""
        root = settings().project
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (root / PROJECT_FILE).write_text(self.project_file, encoding="utf-8")


def propose(name: str, location: str, said: Mapping[str, str], table: str | None = None) -> Addition:
    """Look at the sample at `location` and say what the source `name` would be; nothing is written.

    Args:
        name: of the new source.
        location: a file, a folder of files, a Postgres database, or a table of a web service.
        said: role → header, where a person knows better than the guess; '' = no column has the role.
        table: of the database.

    Raises:
        EvergreenError: the name is taken or none, the sample cannot be read or understood; one line each.
    """
    _check_name(name)
    sample = _sample(location, table)
    columns = profiles(sample)
    plan = plan_source(name, sample, columns, guess_roles(columns, said, redacted(sample.address)), said)
    files = {
        f"sources/{name}.yml": definition(plan),
        f"expectations/{name}__{TABLE}.json": suite(plan),
        **{f"dbt_project/{path}": text for path, text in model_files(plan).items()},
    }
    _check_definition(plan, files[f"sources/{name}.yml"])
    taken = [path for path in files if (settings().project / path).exists()]
    if taken:
        raise EvergreenError(f"{taken[0]}: is there already: remove it, or choose another name than {name}")
    return Addition(plan, files, with_source(name, plan.entities))


def _sample(location: str, table: str | None) -> Sample:
    if scheme(location) in ("postgres", "postgresql"):
        return sample_table(location, table)
    if table:
        raise EvergreenError(f"--table {table}: is for databases, and {redacted(location)} is none")
    if scheme(location) in ("http", "https"):
        return sample_service(location)
    return take_sample(location)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 40:
        raise EvergreenError(
            f"{name}: is no name for a source: lower-case letters, digits and single _, such as my_shop"
        )
    if scalar(name) != name:
        raise EvergreenError(
            f"{name}: is no name for a source: YAML takes it for a truth value: say {name}_shop"
        )
    path = settings().project / "sources" / f"{name}.yml"
    if path.exists():
        raise EvergreenError(f"source {name}: {path} is there already: choose another name, or edit it")


def _check_definition(plan: Plan, text: str) -> None:
    """Read a definition as a run will read it: none is written that says something else than the plan.

    Raises:
        EvergreenError: it would be refused, or its columns are not those of the plan.
    """
    path = settings().project / "sources" / f"{plan.source}.yml"
    try:
        read = {column.name: column.headers for column in registry.parse(text, path).tables[TABLE].columns}
    except EvergreenError as error:
        raise EvergreenError(f"nothing was written, for it would not be read: {error}") from None
    lost = [column.header for column in plan.columns if read.get(column.name) != (column.header,)]
    if lost:
        raise EvergreenError(f"nothing was written: {path} would lose the column {lost[0]!r}: rename it")
