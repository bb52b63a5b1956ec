"""The example of 001, "1 = 12800", and hand-labelled purchases, from the input layer to the marts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from marts.value.ledger import Ledger
from marts.world import VALUE, World

# day, product, price, and what the line is to who buys all of this; lines of one day are one occasion
LABELLED = [
    (1, "sketch 1", 10, "first_purchase"),
    (1, "song", 5, "first_purchase"),  # another category, but the same occasion
    (2, "sketch 2", 1, "upsell"),  # upgrades one owned, though cheaper
    (2, "paint 1", 20, "cross_sell"),
    (2, "paint 2", 30, "cross_sell"),  # upgrades one that is bought on the same day: not owned before
    (3, "paint 3", 40, "upsell"),  # dearer
    (3, "paint 3", 31, "upsell"),  # dearer than before, though not than the line beside it
    (4, "paint 3", 40, "repeat"),  # as dear as the dearest
    (4, "paint 4", 25, "upsell"),  # cheaper, but earns more
    (5, "paint 5", 25, "repeat"),  # earns as much
    (5, "poem", 99, "repeat"),  # of no category
    (5, "poem 2", 1, "upsell"),  # of no category, but upgrades one owned
    (5, None, 99, "repeat"),  # no product at all
    (6, "opera", 4, "repeat"),  # upgrades what was never owned; music is known, at a higher price
    (7, "dance", 3, "cross_sell"),  # bought before only in an order that was cancelled
]
PRODUCTS = [
    ("sketch 1", "drawing", 0),
    ("sketch 2", "drawing", 0),
    ("song", "music", 0),
    ("opera", "music", 5),
    ("paint 1", "painting", 15),
    ("paint 2", "painting", 25),
    ("paint 3", "painting", 30),
    ("paint 4", "painting", 10),
    ("paint 5", "painting", 10),
    ("poem", None, 0),
    ("poem 2", None, 0),
    ("dance", "dance", 0),
]
UPGRADES = [("sketch 2", "sketch 1"), ("paint 2", "paint 1"), ("poem 2", "poem 1"), ("poem 2", "song")]
UPGRADES += [("opera", "chorus")]


def test_a_customer_whose_first_purchase_made_a_loss(world: World) -> None:
    ledger = Ledger()
    design_firm(ledger)
    labelled = hand_labelled(ledger)
    month_of_others(ledger, refunded_order=next(iter(labelled))[0])
    world.promote(ledger.changes)
    world.release(date(2024, 12, 31), VALUE)

    told = world.query("select order_id, line_key, purchase_kind from order_lines where customer_id = 'H'")
    assert {(order, line): kind for order, line, kind in told} == labelled
    assert world.query("select distinct purchase_kind from order_lines where customer_id is null") == [
        (None,)
    ]

    years = world.query(
        "select relationship_year, first_purchase_revenue, upsell_revenue, cross_sell_revenue,"
        " repeat_revenue, referral_revenue, cost, profit, cumulative_profit"
        " from customer_value_by_year where customer_id = 'A' order by 1"
    )
    assert years == [
        (1, 800, 0, 0, 0, 0, 850, -50, -50),
        (2, 0, 500, 250, 0, 800, 100, 1450, 1400),
        (3, 0, 0, 700, 0, 1550, 100, 2150, 3550),
        (4, 0, 500, 0, 0, 3050, 100, 3450, 7000),
        (5, 0, 3000, 0, 200, 2700, 100, 5800, 12800),
    ]
    assert sum(sum(year[1:5]) for year in years) == 5950
    assert sum(sum(year[1:5]) for year in years[1:]) == 5150
    assert sum(year[5] for year in years) == 8100

    lifetime = world.query(
        "select direct_revenue, referral_net_income, gross_margin, acquisition_cost, cost_to_serve,"
        " historic_value, sustained_value, sustained_value_to_date, predicted_value_12m"
        " from customer_lifetime_value where customer_id = 'A'"
    )
    assert lifetime == [(5950, 8100, 5950, 850, 400, 4700, 13200, 13200, None)]
    network = world.query(
        "select direct_referrals, network_referrals, depth, referral_net_income_direct,"
        " referral_net_income_network from referral_network where customer_id = 'A'"
    )
    # the third and the fourth came through the second, as 001 says: referred directly and indirectly
    assert network == [(2, 4, 2, Decimal(5000), Decimal(8100))]

    # the data tests of the build have held all sums together; here is what they were about
    pools = world.query("select activity, pool, charged, unassigned from activity_cost_totals order by 1")
    assert pools == [
        ("advice", 5, 0, 5),
        ("handling", 10, 9, 1),
        ("picking", 10, Decimal("9.09"), Decimal("0.91")),
    ]
    charges = world.query(
        "select activity, driver_quantity, cost_amount from customer_activity_costs"
        " where customer_id = 'H' order by 1"
    )
    assert charges == [("handling", 6, 6), ("picking", 7, Decimal("6.36"))]
    totals = world.query(
        "select holder, cost_to_serve, acquisition_cost from profit_totals"
        " where holder <> 'guests' order by 1"
    )
    assert totals == [
        ("customers", Decimal("418.09"), 858),
        ("firm", 425, 862),
        ("unassigned", Decimal("6.91"), 4),
    ]
    refunded = world.query(
        "select direct_revenue, unassigned_refund_amount from customer_lifetime_value where customer_id = 'H'"
    )
    bought = sum(price for _, _, price, _ in LABELLED)
    assert refunded == [(bought - 2 - 3, 3)]


def design_firm(ledger: Ledger) -> None:
    """Write down five years of A and of those who came through A; only winning and keeping A costs."""
    for product, category in [
        *(("graphics 1", "graphics"), ("graphics 2", "graphics"), ("graphics 3", "graphics")),
        *(("drawing 1", "drawing and presentation"), ("drawing 2", "drawing and presentation")),
        *(
            ("imaging", "imaging"),
            ("clip-art 1", "clip-art"),
            ("clip-art 2", "clip-art"),
            ("suite", "suites"),
        ),
    ]:
        ledger.product(product, category)
    for newer, older in [
        *(("graphics 2", "graphics 1"), ("graphics 3", "graphics 2"), ("drawing 2", "drawing 1")),
        *(("suite", "graphics 3"), ("suite", "drawing 2"), ("suite", "imaging")),
    ]:
        ledger.upgrade(newer, older)

    ledger.customer("A")
    for customer, referrer in {"1st": "A", "2nd": "A", "3rd": "2nd", "4th": "2nd"}.items():
        ledger.customer(customer, referred_by_customer_id=referrer)

    ledger.order("A", date(2020, 2, 10), ("graphics 1", 800))
    ledger.order("A", date(2021, 2, 10), ("graphics 2", 500), ("drawing 1", 250))
    ledger.order("A", date(2022, 6, 1), ("imaging", 500))
    ledger.order("A", date(2022, 7, 1), ("clip-art 1", 200))
    ledger.order("A", date(2023, 3, 1), ("graphics 3", 250), ("drawing 2", 250))
    ledger.order("A", date(2024, 3, 1), ("suite", 3000), ("clip-art 2", 200))
    ledger.cost("A", date(2020, 1, 31), "acquisition", 850)
    for year in (2021, 2022, 2023, 2024):
        ledger.cost("A", date(year, 6, 30), "retention", 100)

    bought = {
        "1st": {2021: [800], 2022: [250, 500], 2023: [500, 200], 2024: [250, 250]},
        "2nd": {2022: [800], 2023: [250, 500], 2024: [500, 200]},
        "3rd": {2023: [800], 2024: [750]},
        "4th": {2023: [800], 2024: [750]},
    }
    for customer, years in bought.items():
        for year, prices in years.items():
            for price in prices:
                ledger.order(customer, date(year, 5, 5), ("graphics 1", price))


def month_of_others(ledger: Ledger, refunded_order: str) -> None:
    """Write down what a month in which A does nothing costs, and what H was given back of it.

    In it H places 6 orders of 7 lines in all, the others 3 of one line each, and a guest one of one line.
    """
    january = date(2023, 1, 1)
    ledger.activity(january, "handling", "orders", 10, "distribution")
    ledger.activity(january, "picking", "lines", 10, "distribution")
    ledger.activity(january, "advice", "contacts", 5, "service")
    ledger.marketing(january, "web", 12)
    for customer in ("W1", "W2", "W3"):
        ledger.customer(customer, acquisition_channel="web")
        ledger.order(customer, date(2023, 1, 2), ("dance", 10))
    # W3 has a cost of winning of their own, so a third of the channel's falls to nobody
    ledger.cost("W3", january, "acquisition", 0)
    ledger.refund("H", refunded_order, date(2023, 2, 1), 2)
    ledger.refund("H", None, date(2023, 2, 1), 3)


def hand_labelled(ledger: Ledger) -> dict[tuple[str, str], str]:
    """Write down the labelled lines; return their kinds by order and line."""
    for product in PRODUCTS:
        ledger.product(*product)
    for newer, older in UPGRADES:
        ledger.upgrade(newer, older)
    ledger.customer("H")
    ledger.order("H", day(0), ("dance", 99), status="cancelled")
    ledger.order(None, day(0), ("paint 1", 99))
    expected: dict[tuple[str, str], str] = {}
    for number in sorted({number for number, *_ in LABELLED}):
        lines = [(product, price) for at, product, price, _ in LABELLED if at == number]
        kinds = [kind for at, _, _, kind in LABELLED if at == number]
        # an occasion may be two orders: the second half of its lines comes in another one
        half = (len(lines) + 1) // 2
        for part in (slice(None, half), slice(half, None)):
            if lines[part]:
                key = ledger.order("H", day(number), *lines[part])
                expected |= {(key, str(place)): kind for place, kind in enumerate(kinds[part])}
    return expected


def day(number: int) -> date:
    return date(2023, 1, 1) + timedelta(days=10 * number)
