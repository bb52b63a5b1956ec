"""A definition is read whole or refused in one line that says where."""

# ruff: noqa: E501 - a table of mistakes, one line each

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.sources.definition import Source

SOUND = """\
source: corner
tables:
  sales:
    files: ["*.csv"]
    key: [sale_id]
    references: {shop_id: shops.shop_id}
    columns:
      sale_id: {from: SaleNo, required: true}
      shop_id: text
      buyer: {identifies: customer}
      sold_on: date
  shops:
    files: ["shops*.csv"]
    key: [shop_id]
    columns: {shop_id: , name: }
"""


def write(folder: Path, text: str, name: str = "corner") -> Path:
    (folder / "sources").mkdir(exist_ok=True)
    path = folder / "sources" / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str, name: str = "corner") -> str:
    path = write(folder, text, name)
    with pytest.raises(EvergreenError) as caught:
        registry.load(name, folder)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_a_sound_definition_is_read(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    source = registry.load("corner", tmp_path)
    sales = source.tables["sales"]
    assert sales.qualified_name == "corner__sales"
    assert [c.name for c in sales.columns] == ["sale_id", "shop_id", "buyer", "sold_on"]
    assert sales.column("sale_id").headers == ("SaleNo",)
    assert sales.column("sold_on").type == "date"
    assert sales.namespace(sales.column("buyer")) == "corner"
    assert registry.load_all(tmp_path) == {"corner": source}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "    key: [sale_id]",
            "    keys: [sale_id]",
            ", line 5, column 5: tables.sales.keys: unknown key: did you mean key? (and 1 more)",
        ),
        (
            "required: true",
            "requird: true",
            ", line 8, column 31: tables.sales.columns.sale_id.requird: unknown key: did you mean required?",
        ),
        ("required: true", "required: 7", ", line 8, column 31: tables.sales.columns.sale_id.required: input should be a valid boolean, unable to interpret input"),
        ("sold_on: date", "user: text", ", line 11, column 7: tables.sales.columns.user.name: 'user' is a word of SQL, and models would read it as such: write user_, say, and the source's name for it under `from`"),
        ("sold_on: date", "ctid: text", ", line 11, column 7: tables.sales.columns.ctid.name: 'ctid' is a column that PostgreSQL gives every table: write ctid_, say"),
        ("sold_on: date", "sold_on: day", ", line 11, column 7: tables.sales.columns.sold_on.type: input should be 'text', 'integer', 'bigint', 'numeric', 'boolean', 'date', 'timestamp' or 'json'"),
        ("sold_on: date", "sold_on: {clean: [polish]}", ", line 11, column 25: tables.sales.columns.sold_on.clean.0: input should be 'trim', 'strip_decimal', 'strip_leading_zeros', 'empty_as_null', 'day_first', 'month_first', 'decimal_comma' or 'decimal_point'"),
        ("key: [sale_id]", "key: [id]", ", line 5, column 5: tables.sales.key: no column 'id' here: there are sale_id, shop_id, buyer, sold_on"),
        ("shops.shop_id", "stores.shop_id", ", line 6, column 18: tables.sales.references.shop_id: no table 'stores' here: there are sales, shops"),
        ("shops.shop_id", "shops.id", ", line 6, column 18: tables.sales.references.shop_id: shops has no column 'id'"),
        ("{shop_id: shops", "{buyer: shops", ", line 6, column 18: tables.sales.references.buyer: only one of the two columns identifies a customer"),
        ("      shop_id: text", "      sale_id: text", ", line 9, column 7: tables.sales.columns.sale_id: said before, in line 8: keep one"),
        ("shop_id: text", "shop_id: {from: SALENO}", ", line 9, column 7: tables.sales.columns.shop_id: 'SALENO' is what sale_id comes from too"),
        ("sold_on: date", "'sold on': date", ", line 11, column 7: tables.sales.columns.sold on.name: 'sold on' is no name here: use lower-case letters, digits and _, not a digit first"),
        ("sold_on: date", "_batch_id: date", ", line 11, column 7: tables.sales.columns._batch_id: '_batch_id': names that begin with _ are the warehouse's own"),
        ("  sales:", "  " + "s" * 60 + ":", f", line 3, column 3: tables.{'s' * 60}: '{'corner__' + 's' * 60}' is 68 characters long: PostgreSQL takes 63"),
        ("source: corner", "source: korner", ", line 1, column 1: source: is 'korner', but the file's name says 'corner': make them equal"),
        ("source: corner", "source: [corner", ", line 2, column 7: not valid YAML: expected ',' or ']', but got ':'"),
        ("source: corner", "\tsource: corner", ", line 1, column 1: not valid YAML: found character '\\t' that cannot start any token"),
        ('files: ["*.csv"]', 'files: ["*.dat"]', ", line 4, column 13: tables.sales.files.0: the format of '*.dat' does not show: write {match: …, format: csv} or another"),
        ('files: ["*.csv"]', "files: [{match: '*.csv', delimiter: ;;}]", ", line 4, column 30: tables.sales.files.0.delimiter: ';;' is not one ASCII character"),
        ('files: ["*.csv"]', "files: [{match: '*.csv', encoding: utf-9}]", ", line 4, column 30: tables.sales.files.0.encoding: 'utf-9' is no known encoding: write utf-8, latin-1, cp1252 …"),
        ('    files: ["*.csv"]\n', "", ", line 3, column 3: tables.sales: the files reader needs `files:`, the patterns to match"),
        ("source: corner", "source: corner\ntime_zone: Europe/Atlantis", ", line 2, column 1: time_zone: 'Europe/Atlantis' is no time zone: write one like Europe/London"),
        ("key: [sale_id]", "key: [sale_id]\n    look_back: 3 days", ", line 6, column 5: tables.sales.look_back: needs updated_at, the column it looks back from"),
        ("key: [sale_id]", "key: [sale_id]\n    updated_at: sold_on\n    look_back: soon", ", line 7, column 5: tables.sales.look_back: 'soon' is no duration: write a number and minutes, hours, days or weeks"),
        ("buyer: {identifies: customer}", "buyer: {identifies: customer, type: integer}", ", line 10, column 7: tables.sales.columns.buyer: a column that identifies a customer has type text, not integer"),
        ("sale_id: {from: SaleNo, required: true}", "sale_id: {personal: true}", ", line 5, column 5: tables.sales.key: 'sale_id' is personal, and raw does not hold it"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_line_and_key(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert SOUND.count(before) >= 1
    assert refusal(tmp_path, SOUND.replace(before, after, 1)) == message


def test_files_that_are_no_definitions(tmp_path: Path) -> None:
    assert refusal(tmp_path, "") == ": holds no definition: begin with `source: corner`"
    assert refusal(tmp_path, "- a\n- b\n") == ": holds no definition: begin with `source: corner`"
    (tmp_path / "sources" / "corner.yml").write_bytes(b"source: caf\xe9\n")
    with pytest.raises(EvergreenError, match=r"byte 12 is not UTF-8: save the file as UTF-8$"):
        registry.load("corner", tmp_path)


def test_an_unknown_source_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    with pytest.raises(EvergreenError, match=r"^source korner: no .*korner.yml: did you mean corner\?$"):
        registry.load("korner", tmp_path)
    with pytest.raises(EvergreenError, match=r"^source x: no .*: there are corner$"):
        registry.load("x", tmp_path)


def test_the_projects_own_definitions() -> None:
    sources = registry.load_all(settings().project)
    assert {"online_retail", "cdnow", "shop", "survey"} <= set(sources)
    shop = sources["shop"]
    assert all(
        t.updated_at == "updated_at" and t.look_back == timedelta(days=3) for t in shop.tables.values()
    )
    personal = [c.name for t in shop.tables.values() for c in t.columns if c.personal]
    assert personal == ["full_name", "email", "phone", "address"]
    survey = sources["survey"].tables["responses"]
    assert survey.namespace(survey.column("customer_id")) == "shop"


def test_a_definition_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    source: Source = registry.load("corner", tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        source.owner = "somebody"  # type: ignore[misc]
