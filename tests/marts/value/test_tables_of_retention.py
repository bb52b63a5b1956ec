"""Two tables of 003 from the input layer to the marts: cash flow by tenure, retention of 75 % and of 80 %.

One small firm shows both. Its twenty customers of old bring what the first table says; in their sixth year,
which has not ended, three in four of them are kept, as the second has it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from marts.value.ledger import Ledger
from marts.world import FACTS, World

CASH_FLOW = [-51, 30, 42, 44, 49, 55]
PRESENT_VALUES = ["-51.0", "27.3", "34.7", "33.1", "33.5", "34.2"]
NET_PRESENT_VALUE = Decimal("111.66")
SCENARIOS = {
    # kept, lost, sales, gross profit, marketing, contribution, overhead, net profit, margin in %
    "75": (15, 5, 150, Decimal("67.5"), 29, Decimal("38.5"), 30, Decimal("8.5"), Decimal("5.67")),
    "80": (16, 4, 152, 70, 26, 44, 30, 14, Decimal("9.21")),
}
OLD, KEPT, WON = 20, 15, 5
TABLES = ("tenure_cash_flow", "retention_scenarios")


def test_tables_of_the_documents_come_out(world: World) -> None:
    ledger = Ledger()
    five_years(ledger)
    last_year(ledger)
    world.promote(ledger.changes)
    world.release(
        date(2025, 1, 15), (*FACTS, *TABLES, *(f"+{name},path:models/intermediate" for name in TABLES))
    )

    tenure = world.query(
        "select tenure_year, customers, average_cash_flow, round(present_value, 1)::text,"
        " round(cumulative_net_present_value, 2) from tenure_cash_flow order by 1"
    )
    assert [row[:3] for row in tenure] == [
        (year, OLD if year else OLD + WON, flow) for year, flow in enumerate(CASH_FLOW)
    ]
    assert [row[3] for row in tenure] == PRESENT_VALUES
    assert tenure[-1][4] == NET_PRESENT_VALUE

    scenarios = world.query(
        "select scenario, retained_customers, lost_customers, net_revenue, gross_margin, marketing_expense,"
        " net_marketing_contribution, overhead, net_profit, round(100 * net_margin_rate, 2)"
        " from retention_scenarios"
    )
    told = {name: tuple(figures) for name, *figures in scenarios}
    assert told["today"] == told["rate_75_percent"] == SCENARIOS["75"]
    assert told["today_plus_5_points"] == told["rate_80_percent"] == SCENARIOS["80"]


def five_years(ledger: Ledger) -> None:
    """Write down the first table as a mean: the twenty bring from 9.50 less to 9.50 more than it says.

    Who is won later counts in year 0, too, and cost 18.50 in all.
    """
    ledger.product("book", "books", unit_cost=10)
    winning = (Decimal(51) * (OLD + WON) - Decimal("18.5")) / OLD
    for number in range(OLD):
        customer = f"old {number:02}"
        ledger.customer(customer)
        ledger.cost(customer, date(2019, 1, 20), "acquisition", winning - 2)
        ledger.cost(customer, date(2019, 1, 20), "service", 2)  # before there was a customer
        for year, flow in enumerate(CASH_FLOW[1:], start=2019):
            price = Decimal(flow) + 10 + 3 + number - Decimal("9.5")
            ledger.order(customer, date(year, 2 + number % 11, 10), ("book", price))
            ledger.cost(customer, date(year, 12, 31), "service", 3)


def last_year(ledger: Ledger) -> None:
    """Write down the second table: who is kept brings 8, half of it margin, who is won 6, a quarter of it."""
    ledger.product("pen", "pens", unit_cost=4)
    ledger.product("ink", "pens", unit_cost=Decimal("4.5"))
    for number in range(KEPT):
        customer = f"old {number:02}"
        order = ledger.order(customer, date(2024, 12, 24), ("pen", 10))
        ledger.refund(customer, order, date(2024, 12, 31), 2)
        ledger.cost(customer, date(2024, 12, 31), "retention", Decimal("0.4"))
    for number in range(WON):
        customer = f"won {number}"
        ledger.customer(customer, acquisition_channel="web" if number < 3 else "fair")
        ledger.order(customer, date(2024, 3, 1), ("ink", 6))
        if number >= 3:
            ledger.cost(customer, date(2024, 3, 1), "acquisition", Decimal("4.25"))
    ledger.order(None, date(2024, 5, 1), ("pen", 1000))  # no customer's, so in neither table
    ledger.marketing(date(2024, 3, 1), "web", 10)
    ledger.activity(date(2024, 12, 1), "letters", "orders", Decimal("4.5"), "marketing")
    ledger.activity(date(2024, 12, 1), "warehouse", "orders", 30, "distribution")
    # months that have not ended, or ended too early, are in neither
    for month in (date(2023, 12, 1), date(2025, 1, 1)):
        ledger.marketing(month, "fair", 999)
