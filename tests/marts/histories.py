"""Random histories of a small shop: what its sources say, and how they change their minds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from marts.world import KEYS, Change, Row, World

START = date(2024, 1, 1)
CUSTOMERS = [f"customer{number:02}" for number in range(8)]
PRODUCTS = [f"shop:p{number}" for number in range(6)]
CATEGORIES = ["drawing", "painting", "music", None]
CURRENCIES = [None, "EUR", "USD", "JPY"]
STATUSES = ["placed", "paid", "delivered", "cancelled"]
INSTRUMENTS = ["csat", "servqual"]
ITEMS = ["item1", "item2", "item3"]
CONTACTS = [
    *["complaint"] * 3,
    *["termination_notice"] * 3,
    *["withdrawal"] * 2,
    *["enquiry", "campaign"],
]
DRIVERS = ["orders", "lines", "deliveries", "contacts", "complaints", "campaign_touches", "active_customers"]


class History:
    """Changes of a shop's data, drawn with a seed. `today` moves on; things may be dated after it."""

    def __init__(self, world: World, seed: int, days: int = 40) -> None:
        self.world = world
        self.random = Random(seed)
        self.today = START + timedelta(days=days)
        self.number = 0
        self.kinds: list[Callable[[], Iterator[Change]]] = [
            *[self.new_order] * 6,
            *[self.order_changes] * 4,
            *[self.lines_change] * 3,
            *[self.new_refund] * 3,
            *[self.refund_changes] * 2,
            *[self.contact] * 4,
            *[self.survey] * 2,
            *[self.row_goes] * 2,
            self.entity_empties,
            self.product_changes,
            self.upgrade,
            self.rate,
            self.question_changes,
            self.customer_changes,
            *[self.activity_cost] * 2,
            self.customer_cost,
            self.marketing_cost,
        ]

    def first(self) -> list[Change]:
        """Return what is there at the beginning."""
        changes: list[Change] = [("products", (p,), self.product(p)) for p in PRODUCTS[:-1]]
        changes += [
            ("survey_items", (name, code), self.question(name, code))
            for name in INSTRUMENTS
            for code in ITEMS
        ]
        changes += [("customers", (c,), self.known_customer(c)) for c in CUSTOMERS]
        for _ in range(25):
            changes += list(self.new_order())
        for _ in range(30):
            changes += list(self.survey())
        return changes

    def some(self, count: int) -> list[Change]:
        """Return `count` random changes; of two to one row the later."""
        latest: dict[tuple[str, tuple[str, ...]], Row | None] = {}
        for _ in range(count):
            for entity, key, row in self.random.choice(self.kinds)():
                latest[entity, key] = row
        return [(entity, key, row) for (entity, key), row in latest.items()]

    def new_order(self) -> Iterator[Change]:
        key = f"shop:o{self.next()}"
        yield "orders", (key,), self.order(key)
        for line in range(self.random.choice([0, 1, 1, 2, 3])):
            yield "order_lines", (key, str(line)), self.line(key, str(line))

    def order_changes(self) -> Iterator[Change]:
        if before := self.any_of("orders"):
            wholly = self.order(before["order_id"])
            changed = self.random.choice(
                [["customer_id"], ["status"], ["ordered_at"], ["currency"], ["delivered_at"], list(wholly)]
            )
            yield (
                "orders",
                (before["order_id"],),
                {name: (wholly if name in changed else before)[name] for name in wholly},
            )

    def lines_change(self) -> Iterator[Change]:
        if order := self.any_of("orders"):
            line = self.random.choice("0123")
            key = (order["order_id"], line)
            gone = self.random.random() < 0.3 and key in self.world.rows["order_lines"]
            yield "order_lines", key, None if gone else self.line(*key)

    def new_refund(self) -> Iterator[Change]:
        key = f"shop:r{self.next()}"
        yield "refunds", (key,), self.refund(key)

    def refund_changes(self) -> Iterator[Change]:
        if before := self.any_of("refunds"):
            wholly = self.refund(before["refund_id"])
            changed = self.random.choice(
                [["customer_id"], ["order_id"], ["refunded_at"], ["refund_amount"], list(wholly)]
            )
            yield (
                "refunds",
                (before["refund_id"],),
                {name: (wholly if name in changed else before)[name] for name in wholly},
            )

    def contact(self) -> Iterator[Change]:
        before = self.any_of("contacts") if self.random.random() < 0.5 else None
        key = before["contact_id"] if before else f"shop:c{self.next()}"
        at = self.moment()
        yield (
            "contacts",
            (key,),
            {
                "contact_id": key,
                "customer_id": self.customer(),
                "contacted_at": at,
                "direction": self.random.choice(["inbound", "outbound"]),
                "kind": self.random.choice(CONTACTS),
                "first_response_at": at + timedelta(hours=self.random.randrange(48)),
                "resolved_at": self.random.choice([None, at + timedelta(days=self.random.randrange(9))]),
                # of a notice: said to be before it, or some of the next days on which somebody builds
                "effective_at": self.random.choice(
                    [None, at + timedelta(days=self.random.randrange(-2, 15))]
                ),
                "outcome": self.random.choice([None, "settled"]),
            },
        )

    def survey(self) -> Iterator[Change]:
        before = self.any_of("survey_responses") if self.random.random() < 0.5 else None
        key = before["response_id"] if before else f"shop:s{self.next()}"
        instrument = before["instrument"] if before else self.random.choice(INSTRUMENTS)
        yield (
            "survey_responses",
            (key,),
            {
                "response_id": key,
                "customer_id": self.customer(),
                "instrument": instrument,
                "rated_company": self.random.choice([None, None, "rival"]),
                "invited_at": self.random.choice([None, self.moment()]),
                "submitted_at": self.random.choice([None, self.moment(), self.moment()]),
            },
        )
        for code in ITEMS:
            if self.random.random() < 0.7:
                score = Decimal(self.random.randrange(1, 8))
                need = self.random.choice([None, Decimal(5)])
                answer = {"response_id": key, "item_code": code, "score": score, "need_score": need}
                if instrument == "servqual":
                    answer["expectation_score"] = Decimal(self.random.randrange(1, 8))
                yield "survey_answers", (key, code), answer

    def row_goes(self) -> Iterator[Change]:
        entity = self.random.choice(list(KEYS))
        if row := self.any_of(entity):
            yield self.gone(entity, row)

    def entity_empties(self) -> Iterator[Change]:
        """A source delivers nothing of an entity any more; the shop goes on selling to those it knows."""
        stays = ("customers", "orders", "order_lines")
        entity = self.random.choice([name for name in KEYS if name not in stays])
        for row in self.world.rows[entity].values():
            yield self.gone(entity, row)

    @staticmethod
    def gone(entity: str, row: Row) -> Change:
        return entity, tuple(str(row[name]) for name in KEYS[entity]), None

    def product_changes(self) -> Iterator[Change]:
        key = self.random.choice(PRODUCTS)
        yield "products", (key,), self.product(key)

    def upgrade(self) -> Iterator[Change]:
        newer, older = self.random.sample(PRODUCTS, 2)
        gone = (newer, older) in self.world.rows["product_upgrades"]
        row = {"product_id": newer, "upgrades_product_id": older}
        yield "product_upgrades", (newer, older), None if gone else row

    def rate(self) -> Iterator[Change]:
        day = START + timedelta(days=self.random.randrange((self.today - START).days))
        currency = self.random.choice(["USD", "JPY"])
        gone = self.random.random() < 0.2
        rate = Decimal(self.random.randrange(50, 150)) / 100
        row = {"rate_date": day, "currency": currency, "rate": rate}
        yield "exchange_rates", (str(day), currency), None if gone else row

    def question_changes(self) -> Iterator[Change]:
        name, code = self.random.choice(INSTRUMENTS), self.random.choice(ITEMS)
        yield "survey_items", (name, code), self.question(name, code)

    def customer_changes(self) -> Iterator[Change]:
        key = self.random.choice(CUSTOMERS)
        yield "customers", (key,), self.known_customer(key)

    def activity_cost(self) -> Iterator[Change]:
        month, activity = self.month(), self.random.choice(["handling", "care"])
        row = {
            "cost_month": month,
            "activity": activity,
            "activity_group": self.random.choice(["service", "marketing"]),
            "driver": self.random.choice(DRIVERS),
            "cost_amount": self.cost(),
            "is_fixed": self.random.choice([True, False]),
        }
        gone = self.random.random() < 0.2 and (str(month), activity) in self.world.rows["activity_costs"]
        yield "activity_costs", (str(month), activity), None if gone else row

    def customer_cost(self) -> Iterator[Change]:
        before = self.any_of("customer_costs") if self.random.random() < 0.5 else None
        key = before["cost_id"] if before else f"shop:k{self.next()}"
        yield (
            "customer_costs",
            (key,),
            {
                "cost_id": key,
                "customer_id": self.random.choice(CUSTOMERS),
                "incurred_on": self.moment().date(),
                "kind": self.random.choice(["acquisition", "retention", "service"]),
                "cost_amount": self.cost(),
            },
        )

    def marketing_cost(self) -> Iterator[Change]:
        month, channel = self.month(), self.random.choice(["web", "store"])
        row = {"cost_month": month, "channel": channel, "cost_amount": self.cost()}
        yield "marketing_costs", (str(month), channel), row

    def order(self, key: str) -> Row:
        at = self.moment()
        return {
            "order_id": key,
            "customer_id": self.customer(),
            "ordered_at": at,
            "status": self.random.choice(STATUSES),
            "currency": self.random.choice(CURRENCIES),
            "promised_delivery_at": at + timedelta(days=3),
            "delivered_at": self.random.choice([None, at + timedelta(days=self.random.randrange(7))]),
        }

    def line(self, order: str, line: str) -> Row:
        quantity = self.random.choice([Decimal(1), Decimal(2), Decimal("1.50"), None])
        price = Decimal(self.random.randrange(0, 4000)) / 100
        return {
            "order_id": order,
            "line_key": line,
            "product_id": self.random.choice([*PRODUCTS, None]),
            "quantity": quantity,
            "unit_price": self.random.choice([price, price.normalize(), None]),
            "line_amount": price * (quantity or 1),
            "discount_amount": self.random.choice([None, Decimal(0), Decimal("0.50")]),
        }

    def refund(self, key: str) -> Row:
        order = self.any_of("orders") if self.random.random() < 0.6 else None
        unknown = self.random.choice([None, "shop:nowhere"])
        return {
            "refund_id": key,
            "order_id": order["order_id"] if order else unknown,
            "customer_id": self.customer(),
            "refunded_at": self.moment(),
            "refund_amount": Decimal(self.random.randrange(1, 3000)) / 100,
        }

    def product(self, key: str) -> Row:
        return {
            "product_id": key,
            "category": self.random.choice(CATEGORIES),
            "unit_cost": self.random.choice([None, Decimal("5"), Decimal("5.00"), Decimal("7.25")]),
        }

    def question(self, instrument: str, code: str) -> Row:
        return {
            "instrument": instrument,
            "item_code": code,
            "dimension": self.random.choice(["quality", "attitude"]),
            "attribute": self.random.choice(["speed", "hours"]),
            "item_role": self.random.choice(["attribute", "attribute", "overall"]),
            "weight": self.random.choice([None, Decimal(2)]),
            "scale_min": Decimal(1),
            "scale_max": Decimal(self.random.choice([5, 7])),
            "is_reversed": self.random.choice([True, False, None]),
        }

    def known_customer(self, key: str) -> Row:
        return {
            "customer_id": key,
            "segment": self.random.choice(["gold", "bronze", None]),
            "acquisition_channel": self.random.choice(["web", "store", None]),
            "referred_by_customer_id": self.random.choice([*CUSTOMERS, None, None]),
            "is_target": self.random.choice([True, False, None]),
            "registered_at": self.random.choice([None, self.moment()]),
            "member_since": self.random.choice([None, self.moment().date()]),
            "known_since": self.random.choice([*[datetime(2023, 12, 1)] * 8, self.moment(), None]),
        }

    def customer(self) -> str | None:
        return self.random.choice([*CUSTOMERS, None])

    def moment(self) -> datetime:
        """Return a moment at a round hour, so that ties occur; one in ten lies ahead of today."""
        ahead = 10 if self.random.random() < 0.1 else 0
        day = self.random.randrange((self.today - START).days + ahead)
        return datetime.combine(START, datetime.min.time()) + timedelta(
            days=day, hours=self.random.choice([0, 9, 17])
        )

    def month(self) -> date:
        """Return the first day of the month of a moment."""
        return self.moment().date().replace(day=1)

    def cost(self) -> Decimal:
        return self.random.choice([Decimal("7"), Decimal("7.00"), Decimal("100.01"), Decimal("0.125")])

    def any_of(self, entity: str) -> Row | None:
        rows = self.world.rows[entity]
        return self.random.choice(list(rows.values())) if rows else None

    def next(self) -> int:
        self.number += 1
        return self.number
