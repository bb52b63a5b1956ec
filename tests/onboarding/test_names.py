"""Whatever a file calls its columns: the definition can be read, and its models can be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from evergreen import settings as settings_module
from evergreen.errors import EvergreenError
from evergreen.onboarding import add
from evergreen.sources import registry
from evergreen.sources.definition import Source
from evergreen.sources.names import LONGEST, RESERVED, SYSTEM_COLUMNS, column_for
from evergreen.warehouse.connections import Warehouse

SALE = "order,customer,date,total"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project without sources."""
    root = tmp_path / "checkout"
    (root / "sources").mkdir(parents=True)
    (root / "dbt_project").mkdir()
    (root / "dbt_project" / "dbt_project.yml").write_text("vars:\n  deliveries:\n    x: [orders]\n")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(root))
    settings_module.reset()
    yield root
    settings_module.reset()


def export(folder: Path, headers: list[str]) -> str:
    """Write a sample with further columns."""
    path = folder / "orders.csv"
    more = "".join(f",{header}" for header in headers)
    values = "".join(",v" for _ in headers)
    path.write_text(f"{SALE}{more}\n1,7,2026-01-01,5{values}\n2,8,2026-01-02,6{values}\n", encoding="utf-8")
    return str(path)


def added(checkout: Path, headers: list[str]) -> Source:
    add.propose("tea", export(checkout, headers), {}).write()
    return registry.load("tea")


def names(source: Source) -> dict[str, str]:
    """Header → name, of the columns that `export` wrote."""
    [table] = source.tables.values()
    return {column.headers[0]: column.name for column in table.columns[SALE.count(",") + 1 :]}


@pytest.mark.parametrize(
    "header", ["yes", "no", "on", "off", "true", "false", "null", "y", "n", "1.0", "~", "- x", "a: b", "#"]
)
def test_headers_that_yaml_reads_as_something_else(checkout: Path, header: str) -> None:
    source = added(checkout, [header])
    assert list(names(source)) == [header]
    for path in checkout.glob("dbt_project/models/**/*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            assert all(isinstance(column["name"], str) for column in model["columns"]), path


def test_long_headers_that_begin_alike(checkout: Path) -> None:
    headers = [f"{'what the customer said to us on the telephone ' * 2}{n}" for n in range(12)]
    found = names(added(checkout, headers))
    assert list(found) == headers
    assert len({name[:LONGEST] for name in found.values()}) == len(headers)


def test_words_that_sql_keeps_for_itself(checkout: Path) -> None:
    headers = ["select", "NULL", "User", "ctid", "xmin", "end", "end_"]
    found = names(added(checkout, headers))
    assert list(found.values()) == ["select_", "null_", "user_", "ctid_", "xmin_", "end_", "end__2"]
    [sql] = checkout.glob("dbt_project/models/staging/tea/*.sql")
    words = set(re.findall(r"^ +(\w+),?$", sql.read_text(), re.MULTILINE))
    assert {"null_", "user_"} <= words and not words & (RESERVED - {"select"})


def test_the_reserved_words_are_those_of_the_server(warehouse: Warehouse) -> None:
    with warehouse.connect("reader") as reader:
        words = reader.execute("select word from pg_get_keywords() where catcode in ('R', 'T')").fetchall()
        columns = reader.execute(
            "select attname from pg_attribute where attrelid = 'pg_class'::regclass and attnum < 0"
        ).fetchall()
    assert {word for (word,) in words} <= RESERVED
    assert {name for (name,) in columns} == SYSTEM_COLUMNS


@pytest.mark.parametrize("word", ["order", "user", "ctid"])
def test_a_column_that_nobody_declared_gets_a_name_that_may_be_used(word: str) -> None:
    assert column_for(word.upper()) == f"{word}_"
    assert column_for(f"{word} 2") == f"{word}_2"


def test_a_definition_that_would_be_refused_is_not_written(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(checkout.rglob("*"))
    written = add.definition

    def lines(text: str) -> str:
        with monkeypatch.context() as patched:
            patched.setattr(add, "definition", lambda plan: written(plan).replace("note:", text))
            with pytest.raises(EvergreenError) as caught:
                add.propose("tea", export(checkout, ["note"]), {})
        return str(caught.value)

    assert "would not be read: " in lines("yes:") and "tea.yml, line " in lines("yes:")
    assert "would lose the column 'note'" in lines("other:")
    assert [path for path in sorted(checkout.rglob("*")) if path.name != "orders.csv"] == before


def test_a_source_is_not_called_as_yaml_calls_a_truth_value(checkout: Path) -> None:
    with pytest.raises(EvergreenError, match="no: is no name for a source: YAML takes it"):
        add.propose("no", export(checkout, []), {})
