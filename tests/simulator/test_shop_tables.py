"""The default shop: its tables agree with each other and with the contract."""

import numpy as np
import pandas as pd
import pytest

from evergreen.simulator.tables import SHOP
from simulator.simulated_shop import Folder

TODAY_ENDS = pd.Timestamp("2026-01-01")


@pytest.mark.parametrize("table", SHOP, ids=lambda table: table.name)
def test_columns_and_keys(reference: Folder, table) -> None:  # type: ignore[no-untyped-def]
    frame = reference[f"shop/{table.name}"]
    assert list(frame.columns) == list(table.columns)
    assert len(frame) > 0
    assert not frame.duplicated(list(table.key)).any()
    assert frame["updated_at"].notna().all()
    assert (frame["updated_at"] < TODAY_ENDS).all()


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("customers", "referred_by_customer_id", "customers", "customer_id"),
        ("customers", "influences_customer_id", "customers", "customer_id"),
        ("customers", "account_manager_id", "employees", "employee_id"),
        ("customer_costs", "customer_id", "customers", "customer_id"),
        ("product_upgrades", "upgrades_product_id", "products", "product_id"),
        ("orders", "customer_id", "customers", "customer_id"),
        ("order_lines", "order_id", "orders", "order_id"),
        ("order_lines", "product_id", "products", "product_id"),
        ("refunds", "order_id", "orders", "order_id"),
        ("refunds", "customer_id", "customers", "customer_id"),
        ("contacts", "customer_id", "customers", "customer_id"),
        ("contacts", "campaign_id", "campaigns", "campaign_id"),
        ("campaign_members", "campaign_id", "campaigns", "campaign_id"),
        ("campaign_members", "customer_id", "customers", "customer_id"),
        ("opportunities", "customer_id", "customers", "customer_id"),
    ],
)
def test_references_are_known(reference: Folder, table: str, column: str, other: str, key: str) -> None:
    pointing = reference[f"shop/{table}"][column].dropna()
    assert len(pointing) > 0
    assert pointing.isin(reference[f"shop/{other}"][key]).all()


def test_referrals_are_a_forest(reference: Folder) -> None:
    """A referrer registered, and ordered, before the referred came; so no chain can close."""
    customers = reference["shop/customers"].set_index("customer_id")
    referred = customers[customers["referred_by_customer_id"].notna()]
    referrers = customers.loc[referred["referred_by_customer_id"]]
    assert (referrers["registered_at"].to_numpy() < referred["registered_at"].to_numpy()).all()
    first_orders = reference["shop/orders"].groupby("customer_id")["ordered_at"].min()
    assert (first_orders.loc[referrers.index].to_numpy() < referred["registered_at"].to_numpy()).all()
    assert (referred["acquisition_channel"] == "referral").all()
    depth = 0
    while len(referred):
        referred = customers.loc[referred["referred_by_customer_id"].dropna().unique()]
        referred = referred[referred["referred_by_customer_id"].notna()]
        depth += 1
    assert depth >= 2


def test_few_buy_only_once(reference: Folder) -> None:
    orders = reference["shop/orders"]
    counts = orders[orders["status"] != "cancelled"].groupby("customer_id")["ordered_at"].nunique()
    assert (counts == 1).mean() <= 0.10


def test_the_shop_has_everything_that_life_has(reference: Folder) -> None:
    customers, orders = reference["shop/customers"], reference["shop/orders"]
    assert set(customers["customer_kind"]) == {"direct", "indirect"}
    assert not customers["customer_id"].isin(orders["customer_id"]).all()  # prospects
    assert 0.02 < orders["customer_id"].isna().mean() < 0.06  # guests
    assert set(orders["status"]) == {"placed", "paid", "delivered", "cancelled"}
    assert set(orders["currency"]) == {"EUR", "USD"}
    assert (orders["currency"] == "EUR").mean() > 0.9
    kinds = {"enquiry", "complaint", "visit", "campaign", "termination_notice", "withdrawal"}
    assert set(reference["shop/contacts"]["kind"]) == kinds
    assert set(reference["shop/campaign_members"]["arm"]) == {"treated", "holdout"}
    assert set(reference["shop/opportunities"]["stage"]) == {"open", "offered", "won", "lost"}
    assert reference["shop/products"]["unit_cost"].isna().any()
    assert reference["shop/products"]["category"].isna().any()


def test_orders_follow_their_course(reference: Folder) -> None:
    orders = reference["shop/orders"]
    is_delivered = orders["status"] == "delivered"
    assert (orders["delivered_at"].notna() == is_delivered).all()
    assert (orders["delivered_at"].dropna() > orders.loc[is_delivered, "ordered_at"]).all()
    promised = orders[orders["promised_delivery_at"].notna() & is_delivered]
    late = promised["delivered_at"] > promised["promised_delivery_at"]
    assert 0.05 < late.mean() < 0.15
    assert (orders["updated_at"] >= orders[["ordered_at", "delivered_at"]].max(axis=1)).all()


def test_lines_add_up(reference: Folder) -> None:
    lines = reference["shop/order_lines"]
    assert np.allclose(lines["quantity"] * lines["unit_price"], lines["line_amount"], atol=0.001)
    assert (lines["discount_amount"] <= lines["line_amount"]).all()
    assert (lines["quantity"] > 0).all()
    assert set(lines["order_id"]) == set(reference["shop/orders"]["order_id"])
    first = lines.groupby("order_id")["line_key"].agg(["min", "max", "count"])
    assert (first["min"] == 1).all()
    assert (first["max"] == first["count"]).all()


def test_nobody_buys_before_the_launch(reference: Folder) -> None:
    lines = reference["shop/order_lines"].merge(reference["shop/orders"], on="order_id")
    lines = lines.merge(reference["shop/products"], on="product_id")
    assert (lines["ordered_at"] >= lines["launched_on"]).all()
    newer = reference["shop/product_upgrades"]["product_id"]
    assert lines["product_id"].isin(newer).any()


def test_refunds_stay_below_what_was_paid(reference: Folder) -> None:
    refunds, lines = reference["shop/refunds"], reference["shop/order_lines"]
    paid = lines.assign(net=lines["line_amount"] - lines["discount_amount"]).groupby("order_id")["net"].sum()
    named = refunds[refunds["order_id"].notna()].set_index("order_id")
    assert (named["refund_amount"] <= paid.loc[named.index] + 0.001).all()
    assert (refunds["refund_amount"] > 0).all()
    assert 0.05 < refunds["order_id"].isna().mean() < 0.25
    delivered = reference["shop/orders"].set_index("order_id")["delivered_at"].loc[named.index]
    wait = named["refunded_at"] - delivered
    assert (wait > pd.Timedelta(0)).all()
    assert (wait > pd.Timedelta(days=50)).mean() > 0.05


def test_complaints_are_answered_in_order(reference: Folder) -> None:
    complaints = reference["shop/contacts"].query("kind == 'complaint'")
    answered = complaints.dropna(subset=["first_response_at"])
    assert (answered["first_response_at"] > answered["contacted_at"]).all()
    resolved = complaints.dropna(subset=["resolved_at"])
    assert (resolved["resolved_at"] > resolved["first_response_at"]).all()
    assert resolved["outcome"].isin(["settled", "rejected"]).all()
    assert complaints["resolved_at"].isna().any()


def test_notices_take_effect_later_and_only_some_are_withdrawn(reference: Folder) -> None:
    contacts = reference["shop/contacts"]
    notices = contacts[contacts["kind"] == "termination_notice"]
    assert (notices["effective_at"] > notices["contacted_at"]).all()
    assert notices["reason"].notna().all()
    withdrawals = contacts[contacts["kind"] == "withdrawal"]
    pairs = withdrawals.merge(notices, on="customer_id", suffixes=("", "_notice"))
    pairs = pairs[
        (pairs["contacted_at"] > pairs["contacted_at_notice"])
        & (pairs["contacted_at"] < pairs["effective_at_notice"])
    ]
    assert set(pairs["contact_id"]) == set(withdrawals["contact_id"])


def test_personal_data_is_made_up_and_of_many_scripts(reference: Folder) -> None:
    customers = reference["shop/customers"]
    assert customers["email"].str.fullmatch(r"[a-z.\-]+\d+@example\.(com|org|net)").all()
    assert customers["email"].is_unique
    names = customers["full_name"]
    for script in (
        "[\u4e00-\u9fff]",
        "[\u3040-\u30ff]",
        "[\uac00-\ud7af]",
        "[\u0400-\u04ff]",
        "[é-ż]",
        "[\U0001f300-\U0001faff]",
    ):
        assert names.str.contains(script).any(), script


def test_pools_follow_their_drivers(reference: Folder) -> None:
    costs = reference["shop/activity_costs"]
    orders = reference["shop/orders"].query("status != 'cancelled'")
    monthly = orders.groupby(orders["ordered_at"].dt.to_period("M").dt.to_timestamp()).size()
    pool = costs[costs["activity"] == "order handling"].set_index("cost_month")["cost_amount"]
    assert np.corrcoef(pool, monthly.loc[pool.index])[0, 1] > 0.95
    assert costs["cost_month"].max() == pd.Timestamp("2025-11-01")  # December's are booked in January
    assert set(costs["is_fixed"]) == {True, False}
    drivers = {
        "orders",
        "lines",
        "deliveries",
        "contacts",
        "complaints",
        "campaign_touches",
        "active_customers",
    }
    assert set(costs["driver"]) == drivers


def test_the_shop_grows_and_has_seasons(reference: Folder) -> None:
    orders = reference["shop/orders"]
    monthly = orders.groupby(orders["ordered_at"].dt.to_period("M")).size()
    assert monthly["2025"].sum() > 1.3 * monthly["2024"].sum()
    assert monthly["2025-12"] > 1.2 * monthly["2025-08"]
    weekday = orders.groupby(orders["ordered_at"].dt.weekday).size()
    assert weekday[0] > weekday[6]
