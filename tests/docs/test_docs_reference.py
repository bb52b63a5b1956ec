"""The tables of the documentation list what there is: no more, no less, and with the right defaults."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from docs.collect import ROOT, blocks, code_in, pages, prose, section, table
from evergreen.loading import suites
from evergreen.settings import Settings
from evergreen.sources import access, definition, registry
from evergreen.warehouse import roles
from evergreen.warehouse.connections import ROLES, Warehouse

ARCHITECTURE, MARTS, OPERATIONS, SOURCES = (
    ROOT / "docs" / f"{name}.md" for name in ("architecture", "marts", "operations", "sources")
)
MODELS: dict[str, tuple[type[BaseModel], set[str]]] = {
    # heading → model, and fields that are not written because the key in front says them
    "Keys of a source": (definition.Source, set()),
    "Keys of a table": (definition.Table, {"source", "name"}),
    "Keys of a column": (definition.Column, {"name"}),
    "Keys of a file format": (access.FileFormat, set()),
    "Keys of a day of delivery": (access.DeliveredOn, set()),
    "Keys of the schema policy": (definition.SchemaPolicy, set()),
    "Keys of the access to a web service": (access.HttpAccess, set()),
    "Keys of a table on a web service": (access.HttpTable, set()),
    "Keys of paging": (access.Paging, set()),
}
MART_MODELS = {path.stem: path for path in (ROOT / "dbt_project" / "models" / "marts").rglob("*.yml")}


def first_codes(text: str) -> list[str]:
    """Return what the first column of a table names, one name per row or several."""
    return [code for row in table(text) for code in code_in(row[0])]


@pytest.mark.parametrize("heading", MODELS)
def test_keys_are_those_of_the_model(heading: str) -> None:
    model, given = MODELS[heading]
    fields = {f.alias or name: f for name, f in model.model_fields.items() if name not in given}
    rows = {code_in(row[0])[0]: row for row in table(section(SOURCES, heading))}
    assert set(rows) == set(fields)
    for key, row in rows.items():
        default, shown = fields[key].default, code_in(row[1])
        if shown and not re.search(r"<\w+>", shown[0]):
            assert shown == [as_written(default)], key
        elif not row[1]:
            assert default in (PydanticUndefined, None, (), "") or isinstance(default, BaseModel), key


def as_written(default: Any) -> str:
    """Return a default as it stands in YAML."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, timedelta):
        return f"{default.days} days"
    return f"{default:g}" if isinstance(default, int | float) else str(default)


def test_every_choice_is_explained() -> None:
    codes = set(code_in("\n".join(prose(SOURCES))))
    for model, given in MODELS.values():
        for name, field in model.model_fields.items():
            if name not in given:
                assert set(choices(field.annotation)) <= codes, f"{model.__name__}.{name}"


def choices(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for part in get_args(annotation):
            yield from choices(part)


def test_what_the_project_uses_is_shown() -> None:
    """The keys of the sources there are, and the severities of their suites, occur in the page."""
    text = SOURCES.read_text()
    for name in registry.load_all(ROOT):
        assert f"`{name}`" in text
    for severity in suites.SEVERITIES:
        assert f"`{severity}`" in text


def test_suites_that_are_shown_are_suites(tmp_path: Path) -> None:
    """They load, and what they name are columns of a definition that is shown too."""
    (tmp_path / "expectations").mkdir()
    (tmp_path / "sources").mkdir()
    tables = {}
    for block in blocks("yaml"):
        content = yaml.safe_load(block.text)
        if "source" in content:
            path = tmp_path / "sources" / f"{content['source']}.yml"
            path.write_text(block.text)
            tables |= {t.qualified_name: t for t in registry.read(path).tables.values()}
    shown = blocks("json")
    assert shown
    for block in shown:
        (tmp_path / block.file).write_text(block.text)
        suite = suites.load(tables[Path(block.file).stem], tmp_path)
        for rule in suite.rules:
            if rule.column_name:
                suite.table.column(rule.column_name)


def test_rules_that_hold_without_a_suite_are_named() -> None:
    text = section(SOURCES, "The gate")
    for source in registry.load_all(ROOT).values():
        for one in source.tables.values():
            for item in suites.implied_by(one):
                assert f"`{re.sub(':.*', ':<column>', item['meta']['rule'])}`" in text


def test_variables_are_those_that_are_read() -> None:
    in_code = {f"EVERGREEN_{name.upper()}" for name in Settings.model_fields}
    profile = (ROOT / "dbt_project" / "profiles.yml").read_text()
    program = "\n".join(path.read_text() for path in (ROOT / "plugins").rglob("*.py"))
    # of those that dbt reads, the ones that a run does not set by itself
    in_code |= set(re.findall(r"EVERGREEN_DBT_\w+", profile)) - set(re.findall(r"EVERGREEN_DBT_\w+", program))
    documented = {row[0].strip("`"): row[1].strip("`") for row in table(section(OPERATIONS, "Settings"))}
    assert set(documented) == in_code
    assert documented["EVERGREEN_POSTGRES_VERSION"] == str(
        Settings.model_fields["postgres_version"].get_default()
    )
    in_compose_file = variables_of_the_compose_file()
    for page in pages():
        named = re.findall(r"EVERGREEN_[A-Z_]+", page.read_text())
        assert set(named) <= in_code | in_compose_file | {"EVERGREEN_"}, page


def test_variables_of_the_compose_file_are_documented() -> None:
    text = section(ROOT / "docs" / "production.md", "Services from one image")
    assert variables_of_the_compose_file() <= set(re.findall(r"`([A-Z_]+)`", text))


def variables_of_the_compose_file() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+):-", (ROOT / "docker-compose.yml").read_text("utf-8")))


def test_variables_of_dbt_that_are_named_exist() -> None:
    known = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"]
    text = section(OPERATIONS, "Settings")
    named = text[text.index("What concerns the firm") :].partition("\n\n")[0]
    codes = [code for code in code_in(named) if "/" not in code]
    assert codes and set(codes) <= set(known)


def test_schemas_are_those_of_the_database() -> None:
    assert set(first_codes(section(ARCHITECTURE, "Schemas"))) == set(roles.SCHEMAS)


def test_roles_are_those_of_the_database() -> None:
    assert first_codes(section(OPERATIONS, "Roles")) == sorted(
        ROLES, key=["reader", "steward", "loader", "transformer", "admin"].index
    )
    reader = next(row for row in table(section(OPERATIONS, "Roles")) if row[0] == "`reader`")
    seconds = roles._SESSION["reader"]
    assert seconds["statement_timeout"].removesuffix("min") in reader[1]
    assert seconds["idle_in_transaction_session_timeout"].removesuffix("min") in reader[1]


def test_dags_have_the_tasks_that_are_shown() -> None:
    files = {
        "load_<source>": "load_sources.py",
        "build_marts": "build_marts.py",
        "maintain_warehouse": "maintain_warehouse.py",
    }
    rows = {code_in(row[0])[0]: code_in(row[1]) for row in table(section(ARCHITECTURE, "Architecture"))}
    assert set(rows) == set(files)
    assert set(files.values()) == {path.name for path in (ROOT / "dags").glob("*.py")}
    for dag, tasks in rows.items():
        assert tasks == tasks_of(ROOT / "dags" / files[dag]), dag


def tasks_of(path: Path) -> list[str]:
    """Return the functions that `@task` decorates, in order."""
    return [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if getattr(getattr(decorator, "func", decorator), "id", "") == "task"
    ]


def test_every_mart_is_described() -> None:
    headings = [match[1] for line in prose(MARTS) if (match := re.match(r"### `(\w+)`$", line))]
    missing = sorted(set(MART_MODELS) - set(headings))
    assert not missing, f"docs/marts.md: say what is worth knowing about {', '.join(missing)}"
    assert set(headings) <= set(MART_MODELS)
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("mart", MART_MODELS)
def test_description_of_a_mart_begins_with_its_grain_and_names_its_columns(mart: str) -> None:
    text = section(MARTS, f"`{mart}`")
    assert text.strip().startswith("One row per ")
    model = yaml.safe_load(MART_MODELS[mart].read_text())["models"][0]
    columns = {column["name"] for column in model["columns"]}
    if "|---|" in text:
        assert set(first_codes(text)) <= columns


def test_columns_named_anywhere_exist() -> None:
    """A code of two or more words in marts.md is a column, a mart, or a variable of dbt."""
    columns = {
        column["name"]
        for path in MART_MODELS.values()
        for column in yaml.safe_load(path.read_text())["models"][0]["columns"]
    }
    known = columns | set(MART_MODELS)
    known |= set(yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"])
    values = {"first_purchase", "cross_sell"}  # of purchase_kind
    for code in code_in("\n".join(prose(MARTS))):
        for name in re.findall(r"(?<![\w.…/])[a-z]+(?:_[a-z0-9]+)+(?![\w.…/:])", code):
            assert name in known | values, name


def test_files_of_the_home_are_listed(session_home: Path, session_warehouse: Warehouse) -> None:
    listed = {re.sub(r"\d+", "", code.rstrip("/")) for code in first_codes(section(OPERATIONS, "The home"))}
    there = {re.sub(r"\d+", "", path.name) for path in session_home.iterdir()}
    assert {name for name in there if not name.endswith((".lock", ".borrowed"))} <= listed
