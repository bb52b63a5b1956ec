"""What the shop sells: products by category, costs, and which newer product replaces which older one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Array, Flags, Floats, Ints
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.columns import Columns
from evergreen.simulator.timeline import Timeline

CATEGORIES = ("plants", "pots", "care", "tools", "lighting", "furniture", "irrigation", "services")

# category: share of the price that the goods cost, then products as "name price", most popular first
_RANGE: dict[str, tuple[float, str]] = {
    "plants": (
        0.60,
        "Monstera 34;Kentia palm 79;Fiddle-leaf fig 59;Calathea 24;Olive tree 99;Ivy 9;Cactus trio 14",
    ),
    "pots": (
        0.55,
        "Clay pot 12;Glazed planter 29;Hanging basket 19;Trough 45;Self-watering pot 39;Stone bowl 89",
    ),
    "care": (0.50, "Potting soil 8;Liquid feed 11;Clay pebbles 9;Leaf shine 7;Neem oil 13;Peat-free mix 10"),
    "tools": (0.60, "Secateurs 24;Trowel 12;Mister 9;Grafting knife 32;Repotting set 38;Moisture meter 19"),
    "lighting": (0.64, "Growlight 49;Growlight Two 59;Growlight Three 69;Shelf strip 35;Timer socket 14"),
    "furniture": (0.68, "Plant stand 42;Ladder shelf 89;Wall rail 28;Potting bench 159;Glass cabinet 279"),
    "irrigation": (0.63, "Drip set 36;Drip set Two 44;Drip set Three 52;Water butt 69;Smart valve 84"),
    "services": (0.70, "Planting day 120;Care visit 65;Care plan 39;Care plan Plus 59;Holiday watering 45"),
}
# newer product: (older product it replaces, when it comes, as a share of the history)
_UPGRADES = {
    "Growlight Two": ("Growlight", 0.25),
    "Growlight Three": ("Growlight Two", 0.72),
    "Drip set Two": ("Drip set", 0.4),
    "Drip set Three": ("Drip set Two", 1.12),
    "Care plan Plus": ("Care plan", 0.55),
    "Smart valve": ("Timer socket", 0.5),
}
_NO_COST_KNOWN = ("Stone bowl",)  # the shop lacks a figure, as shops do
_NO_CATEGORY = ("Timer socket",)
_PRICE_RISE = 0.025  # a year
_ANNOUNCED_DAYS = 14  # a product is listed so long before it is launched

TASTES = np.array(  # share of each category, by segment: household, studio, company
    [
        [0.26, 0.18, 0.22, 0.11, 0.09, 0.05, 0.05, 0.04],
        [0.20, 0.16, 0.14, 0.12, 0.15, 0.12, 0.06, 0.05],
        [0.17, 0.14, 0.10, 0.06, 0.11, 0.15, 0.09, 0.18],
    ]
)


@dataclass
class Products:
    """The range; arrays of shape (products,), amounts in cents."""

    names: list[str]
    category: Ints
    price: Ints
    cost: Ints
    launched: Floats  # days since the shop opened
    replaces: Ints  # position of the older product, or NONE
    cumulative: Floats  # category + cumulated popularity within it: for drawing
    knows_cost: Flags
    knows_category: Flags

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> columns.Column:
        """Identifiers, in order of position."""
        return columns.label("P", 101 + np.arange(len(self)))

    def draw(self, random: np.random.Generator, category: Ints, at: Floats) -> Ints:
        """Draw a product of each category that is on sale at the moment, the popular ones more often."""
        product = np.searchsorted(self.cumulative, category + random.random(len(category)), side="right")
        product = np.minimum(product, len(self) - 1)
        for _ in range(2):  # the longest chain of replacements
            not_yet = self.launched[product] > at
            product = np.where(not_yet & (self.replaces[product] != NONE), self.replaces[product], product)
        return product

    def prices(self, product: Ints, year: Array) -> Ints:
        """Return prices in cents, `year` years after the opening; they rise every January."""
        return np.round(self.price[product] * (1 + _PRICE_RISE) ** year / 10).astype(np.int64) * 10 - 1


def make_products(calendar: Calendar) -> Products:
    """Return the range; it is the same for every seed."""
    offers = [
        (category, *offer.rsplit(" ", 1))
        for category, (_, offered) in _RANGE.items()
        for offer in offered.split(";")
    ]
    names = [name for _, name, _ in offers]
    price = np.array([int(euros) * 100 for *_, euros in offers])
    category = np.array([CATEGORIES.index(category) for category, *_ in offers])
    popularity = np.concatenate(
        [1.0 / (1 + np.arange((category == number).sum())) ** 0.6 for number in range(len(CATEGORIES))]
    )
    total = np.bincount(category, popularity)
    cumulated = np.cumsum(popularity / total[category])
    launched = [
        _UPGRADES[name][1] * calendar.history_days if name in _UPGRADES else -_ANNOUNCED_DAYS
        for name in names
    ]
    return Products(
        names=names,
        category=category,
        price=price,
        cost=np.round(price * np.array([_RANGE[category][0] for category, *_ in offers])).astype(np.int64),
        launched=np.floor(np.array(launched, dtype=np.float64)),
        replaces=np.array([names.index(_UPGRADES[name][0]) if name in _UPGRADES else NONE for name in names]),
        cumulative=cumulated,
        knows_cost=np.array([name not in _NO_COST_KNOWN for name in names]),
        knows_category=np.array([name not in _NO_CATEGORY for name in names]),
    )


def product_rows(products: Products, calendar: Calendar) -> dict[str, Timeline]:
    """Return the tables `products` and `product_upgrades`: listed a fortnight before the launch."""
    listed = calendar.moments(np.maximum(products.launched - _ANNOUNCED_DAYS, 0) + 0.3)
    newer = np.flatnonzero(products.replaces != NONE)

    def product_state(rows: Ints) -> Columns:
        return {
            "product_id": columns.chosen(products.ids, rows),
            "product_name": columns.chosen(columns.text(products.names, np.arange(len(products))), rows),
            "category": columns.text(
                CATEGORIES, np.where(products.knows_category, products.category, NONE)[rows]
            ),
            "unit_cost": columns.number(
                np.where(products.knows_cost, products.cost / 100.0, np.nan)[rows], 2
            ),
            "launched_on": columns.day(calendar.days(products.launched)[rows]),
        }

    def upgrade_state(rows: Ints) -> Columns:
        return {
            "product_id": columns.chosen(products.ids, newer[rows]),
            "upgrades_product_id": columns.chosen(products.ids, products.replaces[newer[rows]]),
        }

    return {
        "products": Timeline.fixed(listed, product_state),
        "product_upgrades": Timeline.fixed(listed[newer], upgrade_state),
    }
