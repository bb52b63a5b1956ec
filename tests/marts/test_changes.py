"""Every way in which a fact may change: one build of what changed finds them all, and nothing beside.

Each scenario has customers, products and currencies of its own, so no change is found by way of another.
Afterwards all facts must be those of a build of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.world import FACT_KEYS, KEYS, Change, OtherWorlds, Row

FIRST, SECOND = date(2024, 3, 10), date(2024, 3, 12)
BETWEEN = datetime(2024, 3, 11, 12)
"""A moment that only the second release shows."""


class Scenario:
    """Rows before and changes after; names are prefixed, so that scenarios do not meet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.before: list[Change] = []
        self.after: list[Change] = []
        self._now = self.before

    def then(self) -> None:
        """What follows changes what has been said."""
        self._now = self.after

    def put(self, entity: str, **row: object) -> None:
        """Deliver a row. Order, product and customer are named within the scenario."""
        full = self._own(row)
        self._now.append((entity, self._key(entity, full), full))

    def drop(self, entity: str, **key: object) -> None:
        """Let a row go."""
        self._now.append((entity, self._key(entity, self._own(key)), None))

    def order(self, order_id: str = "o", **row: object) -> None:
        """Deliver an order of customer A with one line, unless said otherwise."""
        given = {"customer_id": "A", "ordered_at": datetime(2024, 1, 5), "status": "paid"} | row
        product = given.pop("product_id", "p")
        self.put("orders", order_id=order_id, **given)
        self.line(order_id, product_id=product)

    def line(self, order_id: str = "o", line_key: str = "1", **row: object) -> None:
        """Deliver a line of 10."""
        given = {
            "product_id": "p",
            "quantity": Decimal(1),
            "unit_price": Decimal(10),
            "line_amount": Decimal(10),
        }
        self.put("order_lines", order_id=order_id, line_key=line_key, **(given | row))

    def refund(self, refund_id: str = "r", **row: object) -> None:
        """Deliver a refund of 4 in February."""
        given = {"refunded_at": datetime(2024, 2, 5), "refund_amount": Decimal(4)}
        self.put("refunds", refund_id=refund_id, **(given | row))

    def answer(self, response_id: str = "s", customer_id: str | None = "A", **row: object) -> None:
        """Deliver a response with one answer."""
        given = {"instrument": self.name, "submitted_at": datetime(2024, 2, 5)} | row
        score = given.pop("score", Decimal(3))
        self.put("survey_responses", response_id=response_id, customer_id=customer_id, **given)
        self.put("survey_answers", response_id=response_id, item_code="i", score=score)

    def question(self, **row: object) -> None:
        """Deliver the one item of the scenario's questionnaire."""
        given = {"scale_min": Decimal(1), "scale_max": Decimal(7)} | row
        self.put("survey_items", instrument=self.name, item_code="i", **given)

    def _own(self, row: dict[str, object]) -> Row:
        prefixes = {"customer_id": f"{self.name} "}
        keys = ("order_id", "product_id", "upgrades_product_id", "refund_id", "contact_id", "response_id")
        prefixes |= dict.fromkeys(keys, f"shop:{self.name} ")
        return {
            name: prefixes[name] + str(value) if name in prefixes and value is not None else value
            for name, value in row.items()
        }

    @staticmethod
    def _key(entity: str, row: Row) -> tuple[str, ...]:
        return tuple(str(row[name]) for name in KEYS[entity])


SCENARIOS: list[Callable[[Scenario], None]] = []


def scenario(write: Callable[[Scenario], None]) -> Callable[[Scenario], None]:
    SCENARIOS.append(write)
    return write


@scenario
def an_order_moves_to_another_customer(s: Scenario) -> None:
    s.order("o1")
    s.order("o2", ordered_at=datetime(2024, 1, 9))
    s.order("o3", customer_id="B", ordered_at=datetime(2024, 1, 7))
    s.then()
    s.put("orders", order_id="o1", customer_id="B", ordered_at=datetime(2024, 1, 5), status="paid")


@scenario
def a_line_changes(s: Scenario) -> None:
    """The promotion names the order alone."""
    s.order()
    s.then()
    s.line(line_amount=Decimal(12))


@scenario
def a_guests_order_becomes_a_customers(s: Scenario) -> None:
    s.order(customer_id=None)
    s.order("o2", ordered_at=datetime(2024, 1, 9))
    s.then()
    s.put("orders", order_id="o", customer_id="A", ordered_at=datetime(2024, 1, 5), status="paid")


@scenario
def a_customers_order_becomes_a_guests(s: Scenario) -> None:
    s.order()
    s.then()
    s.put("orders", order_id="o", customer_id=None, ordered_at=datetime(2024, 1, 5), status="paid")


@scenario
def an_order_goes(s: Scenario) -> None:
    s.order("o1")
    s.order("o2", ordered_at=datetime(2024, 1, 9))
    s.refund(order_id="o1", customer_id="B")
    s.then()
    s.drop("orders", order_id="o1")
    s.drop("order_lines", order_id="o1", line_key="1")


@scenario
def an_order_is_cancelled_and_its_refund_is_somebody_elses(s: Scenario) -> None:
    """B, who ordered and is not named by the promotion, gets the refund, and it counts for B's cohort."""
    s.order()
    s.order("o2", customer_id="B")
    s.refund(order_id="o", customer_id="B")
    s.then()
    s.put("orders", order_id="o", customer_id="A", ordered_at=datetime(2024, 1, 5), status="cancelled")


@scenario
def an_order_comes_that_a_refund_has_named_before(s: Scenario) -> None:
    s.order("o2", customer_id="B")
    s.refund(order_id="o", customer_id="B")
    s.then()
    s.order()


@scenario
def a_customer_is_touched_whose_refund_belongs_to_another(s: Scenario) -> None:
    """A is computed anew, B is not: B's refund, which names A, must stay as it is."""
    s.order("o1", customer_id="A")
    s.order("o2", customer_id="B")
    s.refund(order_id="o2", customer_id="A")
    s.then()
    s.order("o3", customer_id="A", ordered_at=datetime(2024, 1, 9))


@scenario
def a_refund_names_another_order(s: Scenario) -> None:
    s.order("o1")
    s.order("o2", customer_id="B")
    s.refund(order_id="o1")
    s.then()
    s.refund(order_id="o2")


@scenario
def a_refund_no_longer_names_an_order(s: Scenario) -> None:
    s.order()
    s.refund(order_id="o", customer_id=None)
    s.then()
    s.refund(order_id=None, customer_id=None)


@scenario
def a_refund_of_a_guest_comes(s: Scenario) -> None:
    s.order(customer_id=None)
    s.then()
    s.refund(order_id="o", customer_id=None)
    s.refund("r2", order_id=None, customer_id=None)


@scenario
def a_line_of_a_guest_goes(s: Scenario) -> None:
    s.order(customer_id=None)
    s.line("o", "2")
    s.refund(order_id="o")
    s.then()
    s.drop("order_lines", order_id="o", line_key="2")


@scenario
def an_amount_is_written_with_other_digits(s: Scenario) -> None:
    s.order()
    s.then()
    s.line("o", line_amount=Decimal("10.00"))


@scenario
def a_cost_changes(s: Scenario) -> None:
    s.put("products", product_id="p", unit_cost=Decimal(5))
    s.order("o1")
    s.order("o2", customer_id=None)
    s.then()
    s.put("products", product_id="p", unit_cost=Decimal(6))


@scenario
def a_cost_is_written_with_other_digits(s: Scenario) -> None:
    s.put("products", product_id="p", unit_cost=Decimal(5))
    s.order()
    s.then()
    s.put("products", product_id="p", unit_cost=Decimal("5.00"))


@scenario
def a_product_goes(s: Scenario) -> None:
    s.put("products", product_id="p", unit_cost=Decimal(5))
    s.order("o1")
    s.order("o2", customer_id=None)
    s.then()
    s.drop("products", product_id="p")


@scenario
def a_category_becomes_known(s: Scenario) -> None:
    """What was a repeated purchase becomes a cross-sell; the later line of another product, repeated."""
    s.put("products", product_id="p")
    s.put("products", product_id="q", category="drawing")
    s.order("o1", product_id="x")
    s.order("o2", product_id="p", ordered_at=datetime(2024, 1, 9))
    s.order("o3", product_id="q", ordered_at=datetime(2024, 1, 19))
    s.then()
    s.put("products", product_id="p", category="drawing")


@scenario
def an_upgrade_becomes_known(s: Scenario) -> None:
    s.put("products", product_id="p")
    s.put("products", product_id="q")
    s.order("o1", product_id="p")
    s.order("o2", product_id="q", ordered_at=datetime(2024, 1, 9))
    s.then()
    s.put("product_upgrades", product_id="q", upgrades_product_id="p")


@scenario
def an_upgrade_waits_for_its_product(s: Scenario) -> None:
    """A product that no source describes is compared with nothing, so an upgrade must not tell on it."""
    s.put("products", product_id="p")
    s.order("o1", product_id="p")
    s.order("o2", product_id="q", ordered_at=datetime(2024, 1, 9))
    s.then()
    s.put("product_upgrades", product_id="q", upgrades_product_id="p")


@scenario
def an_upgrade_of_an_unknown_product_goes(s: Scenario) -> None:
    s.put("products", product_id="p")
    s.put("product_upgrades", product_id="q", upgrades_product_id="p")
    s.order("o1", product_id="p")
    s.order("o2", product_id="q", ordered_at=datetime(2024, 1, 9))
    s.then()
    s.drop("product_upgrades", product_id="q", upgrades_product_id="p")


@scenario
def the_products_of_an_upgrade_come(s: Scenario) -> None:
    """The newer one for A, the older one for B."""
    for product in ("p", "q2"):
        s.put("products", product_id=product)
    for customer, older, newer in (("A", "p", "q"), ("B", "p2", "q2")):
        s.order(f"{customer}1", customer_id=customer, product_id=older)
        s.order(f"{customer}2", customer_id=customer, product_id=newer, ordered_at=datetime(2024, 1, 9))
        s.put("product_upgrades", product_id=newer, upgrades_product_id=older)
    s.then()
    for product in ("p2", "q"):
        s.put("products", product_id=product)


@scenario
def the_product_of_an_upgrade_goes(s: Scenario) -> None:
    """The older one for A, the newer one for B."""
    for customer, older, newer in (("A", "p", "q"), ("B", "p2", "q2")):
        s.put("products", product_id=older)
        s.put("products", product_id=newer)
        s.order(f"{customer}1", customer_id=customer, product_id=older)
        s.order(f"{customer}2", customer_id=customer, product_id=newer, ordered_at=datetime(2024, 1, 9))
        s.put("product_upgrades", product_id=newer, upgrades_product_id=older)
    s.then()
    for product in ("p", "q2"):
        s.drop("products", product_id=product)


@scenario
def a_first_order_is_found_later(s: Scenario) -> None:
    """An order before all others takes its place from the first one, and a refund into the cohort."""
    s.order("o1")
    s.order("o2", ordered_at=datetime(2024, 1, 9))
    s.refund("r", customer_id="A", refunded_at=datetime(2024, 1, 3))
    s.then()
    s.order("o0", ordered_at=datetime(2024, 1, 2))


@scenario
def a_cancelled_order_counts_again(s: Scenario) -> None:
    """The refund names B, and goes back to A with the order."""
    s.order("o", status="cancelled")
    s.order("o2", ordered_at=datetime(2024, 1, 9))
    s.refund(order_id="o", customer_id="B")
    s.then()
    s.put("orders", order_id="o", customer_id="A", ordered_at=datetime(2024, 1, 5), status="paid")


@scenario
def a_line_moves_to_another_order(s: Scenario) -> None:
    s.order("o1")
    s.line("o1", "2", line_amount=Decimal(7))
    s.order("o2", customer_id="B")
    s.then()
    s.drop("order_lines", order_id="o1", line_key="2")
    s.line("o2", "2", line_amount=Decimal(7))


@scenario
def an_order_is_in_another_currency(s: Scenario) -> None:
    """Its refund was told in the reporting currency, and is now converted with it."""
    s.put("exchange_rates", rate_date=date(2024, 1, 2), currency="DDD", rate=Decimal("0.5"))
    s.order("o")
    s.refund(order_id="o")
    s.then()
    row = {"customer_id": "A", "ordered_at": datetime(2024, 1, 5), "status": "paid"}
    s.put("orders", order_id="o", currency="DDD", **row)


@scenario
def a_notice_is_withdrawn(s: Scenario) -> None:
    given = {"kind": "termination_notice", "effective_at": datetime(2024, 4, 1)}
    s.put("contacts", contact_id="n", customer_id="A", contacted_at=datetime(2024, 1, 5), **given)
    s.then()
    s.put("contacts", contact_id="w", customer_id="A", contacted_at=datetime(2024, 2, 5), kind="withdrawal")


@scenario
def a_rate_becomes_known(s: Scenario) -> None:
    """Of a day before the orders; it holds until the next one, and refunds follow their orders."""
    s.order("o1", currency="AAA")
    s.order("o2", currency="AAA", customer_id=None)
    s.refund(order_id="o1")
    s.then()
    s.put("exchange_rates", rate_date=date(2024, 1, 2), currency="AAA", rate=Decimal("0.5"))


@scenario
def a_rate_changes_for_some_days(s: Scenario) -> None:
    s.put("exchange_rates", rate_date=date(2024, 1, 2), currency="BBB", rate=Decimal("0.5"))
    s.order("o1", currency="BBB")
    s.order("o2", currency="BBB", customer_id="B", ordered_at=datetime(2024, 1, 9))
    s.then()
    s.put("exchange_rates", rate_date=date(2024, 1, 7), currency="BBB", rate=Decimal("0.7"))


@scenario
def a_rate_goes(s: Scenario) -> None:
    s.put("exchange_rates", rate_date=date(2024, 1, 2), currency="CCC", rate=Decimal("0.5"))
    s.order("o1", currency="CCC")
    s.order("o2", currency="CCC", customer_id=None)
    s.then()
    s.drop("exchange_rates", rate_date=date(2024, 1, 2), currency="CCC")


@scenario
def days_pass(s: Scenario) -> None:
    """Nothing is promoted; what lay ahead of the first release has happened by the second."""
    s.order("of a customer", ordered_at=BETWEEN)
    s.order("of a guest", customer_id=None, ordered_at=BETWEEN)
    s.order("delivered", customer_id="B", delivered_at=BETWEEN)
    s.order("delivered to a guest", customer_id=None, delivered_at=BETWEEN)
    s.order("refunded", customer_id="C")
    s.refund("r1", order_id="refunded", refunded_at=BETWEEN)
    s.order("refunded to a guest", customer_id=None)
    s.refund("r2", order_id="refunded to a guest", refunded_at=BETWEEN)
    s.refund("r3", customer_id="D", refunded_at=BETWEEN)
    s.refund("r4", order_id="nowhere", refunded_at=BETWEEN)
    s.put("contacts", contact_id="begun", customer_id="E", contacted_at=BETWEEN)
    early = datetime(2024, 1, 5)
    s.put("contacts", contact_id="answered", customer_id="F", contacted_at=early, first_response_at=BETWEEN)
    s.put(
        "contacts",
        contact_id="settled",
        customer_id="G",
        contacted_at=early,
        resolved_at=BETWEEN,
        outcome="settled",
    )
    s.put("contacts", contact_id="nobodys", customer_id=None, contacted_at=BETWEEN)
    s.question()
    s.answer("s1", customer_id="H", submitted_at=BETWEEN)
    s.answer("s2", customer_id=None, submitted_at=BETWEEN)


@scenario
def a_contact_changes_hands(s: Scenario) -> None:
    for contact, customer in (("c1", "A"), ("c2", None), ("c3", "B"), ("c4", "C"), ("c5", None)):
        s.put("contacts", contact_id=contact, customer_id=customer, contacted_at=datetime(2024, 1, 5))
    s.then()
    for contact, customer in (("c1", "D"), ("c2", "E"), ("c3", None)):
        s.put("contacts", contact_id=contact, customer_id=customer, contacted_at=datetime(2024, 1, 5))
    s.drop("contacts", contact_id="c4")
    s.drop("contacts", contact_id="c5")


@scenario
def a_response_changes(s: Scenario) -> None:
    s.question()
    for response, customer in (("s1", "A"), ("s2", "B"), ("s3", None), ("s4", None), ("s5", "C")):
        s.answer(response, customer)
    s.then()
    s.answer("s1", "D")
    s.answer("s2", "B", score=Decimal(5))
    s.answer("s3", None, score=Decimal(5))
    s.answer("s4", "E")
    s.drop("survey_answers", response_id="s5", item_code="i")


@scenario
def a_question_changes(s: Scenario) -> None:
    s.question()
    s.answer("s1", "A")
    s.answer("s2", None)
    s.then()
    s.question(scale_max=Decimal(5), is_reversed=True)


@scenario
def nothing_changes(s: Scenario) -> None:
    s.put("products", product_id="p", unit_cost=Decimal(5), category="drawing")
    s.order("o1")
    s.order("o2", customer_id=None, ordered_at=datetime(2024, 1, 9))
    s.refund("r1", order_id="o1")
    s.put("contacts", contact_id="c", customer_id="A", contacted_at=datetime(2024, 1, 5))
    s.question()
    s.answer()


@pytest.fixture(scope="module")
def releases(session_warehouse: Warehouse, dbt_target: Path) -> Iterator[tuple[list[str], list[str]]]:
    """All facts, grown and built from nothing, as lines `fact: row`."""
    told = [Scenario(write.__name__.replace("_", " ")) for write in SCENARIOS]
    for write, said in zip(SCENARIOS, told, strict=True):
        write(said)
    worlds = OtherWorlds(session_warehouse, dbt_target)
    world = worlds.make()
    world.promote([change for said in told for change in said.before])
    world.release(FIRST)
    world.promote([change for said in told for change in said.after])
    second = world.release(SECOND)
    grown = [f"{fact}: {row}" for fact in FACT_KEYS for row in world.dump(fact)]
    with world.warehouse.connect("transformer") as connection:
        untouched = connection.execute(
            "select 1 from core.orders where order_id like 'shop:nothing changes%%' and _from_release = %s",
            [second],
        ).fetchall()
    assert not untouched
    rows = {entity: dict(known) for entity, known in world.rows.items()}

    world = worlds.make()
    world.promote([(entity, key, row) for entity, known in rows.items() for key, row in known.items()])
    world.release(SECOND)
    scratch = [f"{fact}: {row}" for fact in FACT_KEYS for row in world.dump(fact)]
    yield grown, scratch
    worlds.drop()


@pytest.mark.parametrize("name", [write.__name__.replace("_", " ") for write in SCENARIOS])
def test_what_changed_is_found(name: str, releases: tuple[list[str], list[str]]) -> None:
    grown, scratch = releases
    own = [line for line in scratch if name in line]
    assert own
    assert [line for line in grown if name in line] == own
