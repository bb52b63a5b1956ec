"""Every structural rule finds what it is for: each case breaks a copy of the project in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dbt_models import rules
from dbt_models.project import Project

Break = Callable[[Project], object]


def node(project: Project, name: str) -> dict[str, Any]:
    found: dict[str, Any] = project.manifest["nodes"][f"model.evergreen.{name}"]
    return found


def reads(project: Project, name: str, unique_id: str) -> None:
    node(project, name)["depends_on"]["nodes"].append(unique_id)


def without_key_test(project: Project) -> None:
    tests = {
        k: v for k, v in project.manifest["nodes"].items() if k.startswith("test.evergreen.primary_key_")
    }
    del project.manifest["nodes"][next(k for k in tests if "input_layer__orders_order_id" in k)]


CASES: list[tuple[rules.Rule, str, Break]] = [
    (
        rules.names_follow_folders,
        "stg_shop__orders: in its folder",
        lambda p: node(p, "stg_shop__orders").update(original_file_path="models/staging/survey/x.sql"),
    ),
    (
        rules.names_follow_folders,
        "input_layer__orders: in its folder",
        lambda p: node(p, "input_layer__orders").update(original_file_path="models/marts/core/x.sql"),
    ),
    (
        rules.descriptions_begin_with_the_grain,
        "input_layer__orders: ",
        lambda p: node(p, "input_layer__orders").update(description="Orders. One row per order."),
    ),
    (
        rules.descriptions_begin_with_the_grain,
        "stg_shop__orders: ",
        lambda p: node(p, "stg_shop__orders").update(description=""),
    ),
    (rules.public_models_have_a_tested_primary_key, "input_layer__orders: has 0", without_key_test),
    (
        rules.public_models_have_a_tested_primary_key,
        "input_layer__orders: its key names a column order_id",
        lambda p: node(p, "input_layer__orders")["columns"].pop("order_id"),
    ),
    (
        rules.models_others_rely_on_have_enforced_contracts,
        "input_layer__orders: ",
        lambda p: node(p, "input_layer__orders")["config"]["contract"].update(enforced=False),
    ),
    (
        rules.columns_are_described,
        "input_layer__orders.status: ",
        lambda p: node(p, "input_layer__orders")["columns"]["status"].update(description=" "),
    ),
    (
        rules.no_model_reads_the_clock,
        "input_shop__orders: reads the clock by 'Now('",
        lambda p: node(p, "input_shop__orders").update(raw_code="-- now()\nselect Now() as x"),
    ),
    (
        rules.no_model_reads_the_clock,
        "macro source_key: reads the clock by 'current_date'",
        lambda p: p.manifest["macros"]["macro.evergreen.source_key"].update(macro_sql="current_date"),
    ),
    (
        rules.thresholds_are_variables,
        "input_layer__orders: '> 90' compares",
        lambda p: node(p, "input_layer__orders").update(
            original_file_path="models/intermediate/x/y.sql", raw_code="select 1 where a > 0 and days > 90"
        ),
    ),
    (
        rules.layers_read_downwards,
        "stg_shop__orders: a model of layer staging reads input_layer__orders (contract)",
        lambda p: reads(p, "stg_shop__orders", "model.evergreen.input_layer__orders"),
    ),
    (
        rules.layers_read_downwards,
        "input_layer__orders: a model of layer contract reads stg_shop__orders (staging)",
        lambda p: reads(p, "input_layer__orders", "model.evergreen.stg_shop__orders"),
    ),
    (
        rules.layers_read_downwards,
        "input_shop__orders: a model of layer delivery reads orders (raw, raw.shop__orders)",
        lambda p: reads(p, "input_shop__orders", "source.evergreen.shop.orders"),
    ),
    (
        rules.layers_read_downwards,
        "input_shop__orders: reads stg_cdnow__purchases, staged from another source",
        lambda p: reads(p, "input_shop__orders", "model.evergreen.stg_cdnow__purchases"),
    ),
    (
        rules.var_deliveries_lists_the_delivery_models,
        "input_cdnow__orders: var deliveries does not list it",
        lambda p: p.config["vars"]["deliveries"]["cdnow"].remove("orders"),
    ),
    (
        rules.var_deliveries_lists_the_delivery_models,
        "input_cdnow__contacts: var deliveries lists it",
        lambda p: p.config["vars"]["deliveries"]["cdnow"].append("contacts"),
    ),
    (
        rules.deliveries_fit_the_contract,
        "input_shop__orders.delivred_at: the contract has no such column",
        lambda p: node(p, "input_shop__orders")["columns"].update(delivred_at={"data_type": "timestamp"}),
    ),
    (
        rules.deliveries_fit_the_contract,
        "input_shop__orders.ordered_at: is date, in the contract timestamp",
        lambda p: node(p, "input_shop__orders")["columns"]["ordered_at"].update(data_type="date"),
    ),
    (
        rules.marts_that_are_views_read_what_stays,
        "customer_activity_costs: is a view and reads int_value__drivers",
        lambda p: reads(p, "customer_activity_costs", "model.evergreen.int_value__drivers"),
    ),
    (
        rules.every_source_table_is_staged,
        "stg_shop__warehouses: sources/ defines the table",
        lambda p: p.source_tables["shop"].append("warehouses"),
    ),
    (
        rules.every_source_table_is_staged,
        "stg_shop__orders: sources/ defines no such table",
        lambda p: p.source_tables["shop"].remove("orders"),
    ),
]


@pytest.mark.parametrize(
    ("rule", "finding", "break_it"), CASES, ids=[f"{c[0].__name__}-{c[1]}" for c in CASES]
)
def test_rule_finds_the_breach(rule: rules.Rule, finding: str, break_it: Break, project: Project) -> None:
    broken = copy.deepcopy(project)
    break_it(broken)
    before, after = set(rule(project)), set(rule(broken))
    assert any(line.startswith(finding) for line in after - before), after


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(rules.RULES)
