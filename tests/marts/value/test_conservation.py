"""Nothing is lost or made up: whatever happens, money is with somebody, once.

What random rows of the sources amount to is added up here; the marts must say the same to the last digit. The
data tests of the build hold the marts together among themselves.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from marts.histories import CUSTOMERS, START, History
from marts.value.ledger import Ledger
from marts.world import VALUE, Row, World

AS_OF = date(2024, 2, 20)
MONTHS = [
    date(2023, 12, 1),
    date(2024, 1, 1),
    date(2024, 2, 1),
    date(2024, 3, 1),
]  # before all, in it, after it
DRIVERS = ["orders", "lines", "deliveries", "contacts", "complaints", "campaign_touches", "active_customers"]
SEED = 8


def test_random_histories_conserve_money(world: World) -> None:
    random, history = Random(SEED), History(world, SEED)
    world.promote(history.first())
    world.promote(history.some(150))
    world.promote(costs(random).changes)
    world.promote([("exchange_rates", (str(START), currency), rate(currency)) for currency in ("USD", "JPY")])
    world.release(AS_OF, VALUE)

    holders = {holder: money for holder, *money in world.query(f"select holder, {MONEY} from profit_totals")}
    parts = [holders[name] for name in ("customers", "guests", "unassigned")]
    assert [sum(column) for column in zip(*parts, strict=True)] == holders["firm"]
    assert all(any(part) for part in parts), "every part has something to lose"

    # the firm, from what was delivered: no cost is lost, and no referral is income
    _, _, served, acquired, profit = holders["firm"]
    pools = delivered(world, "activity_costs", "cost_month")
    booked = delivered(world, "customer_costs", "incurred_on")
    winning = sum(row["cost_amount"] for row in booked if row["kind"] == "acquisition")
    channels = sum(row["cost_amount"] for row in delivered(world, "marketing_costs", "cost_month"))
    assert served == sum(row["cost_amount"] for row in pools + booked) - winning
    assert acquired == channels + winning
    [(sold,)] = world.query("select sum(gross_revenue - discount_amount - cost_of_goods) from orders")
    [(given_back,)] = world.query("select sum(refund_amount) from refunds")
    assert profit == sold - given_back - served - acquired
    [(credited,)] = world.query("select sum(referral_net_income) from customer_lifetime_value")
    assert credited != 0

    # each pool: charged to customers and left over
    charged = dict(world.query(f"select {POOL}, sum(cost_amount) from customer_activity_costs group by 1"))
    rest = {pool: (a, b) for pool, a, b in world.query(f"select {POOL}, charged, unassigned from {POOLS}")}
    assert {pool: sum(both) for pool, both in rest.items()} == {
        f"{row['cost_month']} {row['activity']}": row["cost_amount"] for row in pools
    }
    assert {pool: amount for pool, (amount, _) in rest.items() if amount} == {
        pool: amount for pool, amount in charged.items() if amount
    }
    assert any(amount and left for amount, left in rest.values())

    # each customer: the parts of what they brought
    broken = world.query(
        "select customer_id from customer_lifetime_value where direct_revenue <> first_purchase_revenue"
        " + upsell_revenue + cross_sell_revenue + repeat_revenue - unassigned_refund_amount"
    )
    assert broken == []
    [kinds] = world.query(
        "select sum(first_purchase_revenue), sum(upsell_revenue), sum(cross_sell_revenue),"
        " sum(repeat_revenue), sum(unassigned_refund_amount) from customer_lifetime_value"
    )
    assert all(kinds), "no part was there by chance alone"


MONEY = "net_revenue, cost_of_goods, cost_to_serve, acquisition_cost, profit"
POOL, POOLS = "month || ' ' || activity", "activity_cost_totals"


def costs(random: Random) -> Ledger:
    """Write down pools, channels and costs of odd amounts, and referrals along a chain with a branch."""
    ledger = Ledger()
    for month in MONTHS:
        for driver in DRIVERS:
            # a tenth of a cent per unit, nothing, or what no number of units divides
            amount = random.choice(
                ["0.01", "0", "7.77", f"{random.randrange(10**6)}.{random.randrange(100):02}"]
            )
            ledger.activity(month, f"by {driver}", driver, amount, "service")
        for channel in ("web", "store", "nobody came by it"):
            ledger.marketing(month, channel, Decimal(random.randrange(10**5)) / 100)
    for number, customer in enumerate(CUSTOMERS):
        referrer = CUSTOMERS[number // 2] if number else None
        ledger.customer(
            customer,
            acquisition_channel=random.choice(["web", "store", None]),
            referred_by_customer_id=referrer,
        )
        for kind in ("acquisition", "retention", "service"):
            if random.random() < 0.5:
                day = date(2024, random.choice([1, 2, 3]), random.randrange(1, 29))
                ledger.cost(customer, day, kind, Decimal(random.randrange(10**4)) / 100)
    return ledger


def rate(currency: str) -> Row:
    return {"rate_date": START, "currency": currency, "rate": Decimal("0.9")}


def delivered(world: World, entity: str, day: str) -> list[Row]:
    """Return the rows of a source that have happened by the as-of date."""
    return [row for row in world.rows[entity].values() if row[day] <= AS_OF]
