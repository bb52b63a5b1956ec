"""The questionnaires: complete, consistent, and known to the simulator."""

import csv
from collections import Counter

import yaml

from evergreen.settings import settings
from evergreen.simulator.drivers import ATTRIBUTES, DRIVERS
from evergreen.simulator.instruments import read_items
from evergreen.simulator.invitations import INSTRUMENTS
from evergreen.simulator.products import CATEGORIES

SEEDS = settings().project / "dbt_project" / "seeds"
ITEMS = read_items()


def test_codes_are_unique_and_every_questionnaire_has_items() -> None:
    assert not [code for code, count in Counter(item.code for item in ITEMS).items() if count > 1]
    assert {item.instrument for item in ITEMS if item.source == "survey"} == set(INSTRUMENTS)


def test_service_quality_has_its_22_items() -> None:
    items = [item for item in ITEMS if item.instrument == "servqual" and item.role == "attribute"]
    counts = Counter(item.dimension for item in items)
    assert counts == {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5}
    assert [int(item.code[2:]) for item in items] == list(range(1, 23))
    turned = {int(item.code[2:]) for item in items if item.is_reversed}
    assert turned == {*range(10, 14), *range(18, 23)}
    assert all(item.scale == (1, 7) and item.has_expectation for item in items)


def test_the_chain_of_acsi_is_complete() -> None:
    counts = Counter(item.dimension for item in ITEMS if item.instrument == "acsi")
    assert counts == {
        "satisfaction": 3,
        "expectations": 3,
        "perceived_quality": 3,
        "perceived_value": 2,
        "complaints": 1,
        "loyalty": 2,
    }
    assert all(item.role == "overall" for item in ITEMS if item.dimension == "satisfaction")


def test_drivers_are_attributes_of_service_quality() -> None:
    asked = {(item.attribute, item.dimension) for item in ITEMS if item.instrument == "servqual"}
    assert {(driver.attribute, driver.dimension) for driver in DRIVERS} <= asked
    assert len(set(ATTRIBUTES)) == len(ATTRIBUTES)
    assert abs(sum(driver.weight for driver in DRIVERS) - 1) < 1e-9


def test_needs_are_asked_for_every_category() -> None:
    assert [item.attribute for item in ITEMS if item.role == "need"] == list(CATEGORIES)


def test_weights_of_perceived_value_sum_to_one() -> None:
    with (SEEDS / "survey_items.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["instrument"] == "perceived_value"]
    for role in ("benefit", "cost"):
        assert abs(sum(float(row["weight"]) for row in rows if row["item_role"] == role) - 1) < 1e-9


def test_every_column_is_typed_and_described_and_every_item_worded_twice() -> None:
    with (SEEDS / "survey_items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seed = yaml.safe_load((SEEDS / "survey_items.yml").read_text(encoding="utf-8"))["seeds"][0]
    assert (
        list(rows[0])
        == list(seed["config"]["column_types"])
        == [column["name"] for column in seed["columns"]]
    )
    assert all(column["description"] for column in seed["columns"])
    assert all(row["wording_en"].strip() and row["wording_zh"].strip() for row in rows)
    assert len({row["wording_en"] for row in rows}) == len(rows)
