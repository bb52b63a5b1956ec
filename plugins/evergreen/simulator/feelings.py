"""What respondents feel at the moment they answer: the latents behind the scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evergreen.simulator import drivers
from evergreen.simulator.arrays import Array, Flags, Floats, Ints
from evergreen.simulator.contacts import Contacts
from evergreen.simulator.drivers import effects
from evergreen.simulator.instruments import Item
from evergreen.simulator.invitations import INSTRUMENTS, Responses
from evergreen.simulator.orders import Orders

# How an event colours the answers about it: on the attributes, and on satisfaction with it.
_LATE = effects(punctuality=-2.2, information=-0.4), -1.0
_IN_TIME = effects(punctuality=0.3), 0.1
_DEFECTIVE = effects(accuracy=-2.4), -1.2
_ANSWERED_BADLY = effects(speed=-1.8, competence=-0.8), -1.1
_SETTLED = effects(problem_solving=1.0, speed=0.5), 0.6
_NEGLECTED = effects(problem_solving=-1.8, speed=-1.5), -1.5

_HIGHER_EXPECTED = 0.35  # what one unit of expectation takes from "more than I expected"


@dataclass
class Feelings:
    """Latents of respondents, of about unit spread; perceptions: (respondents, attributes)."""

    perceptions: Floats
    expectations: Floats
    quality: Floats
    value: Floats
    satisfaction: Floats
    trust: Floats
    loyalty: Floats
    word_of_mouth: Floats

    @classmethod
    def of(
        cls,
        random: np.random.Generator,
        perceptions: Floats,
        expectations: Floats,
        value: Floats,
        satisfaction: Floats,
    ) -> Feelings:
        """Return feelings with what follows from satisfaction drawn along the true chain."""
        trust = drivers.consequence(random, "trust", satisfaction=satisfaction)
        loyalty = drivers.consequence(random, "loyalty", satisfaction=satisfaction, trust=trust)
        return cls(
            perceptions=perceptions,
            expectations=expectations,
            quality=drivers.quality_of(perceptions),
            value=value,
            satisfaction=satisfaction,
            trust=trust,
            loyalty=loyalty,
            word_of_mouth=drivers.consequence(random, "word_of_mouth", loyalty=loyalty),
        )

    def among(self, rows: Ints) -> Feelings:
        """Return the feelings of some respondents."""
        return Feelings(**{name: latent[rows] for name, latent in vars(self).items()})

    def behind(self, item: Item) -> Floats:
        """Return the latent that an item asks for."""
        if item.role == "overall":
            return self.satisfaction
        if (item.instrument, item.dimension) in _SPECIAL:
            return _SPECIAL[item.instrument, item.dimension](self)
        return self._attribute(item.attribute)

    def _attribute(self, name: str) -> Floats:
        return np.asarray(self.perceptions[:, drivers.ATTRIBUTES.index(name)], dtype=np.float64)

    def beyond(self, latent: Floats) -> Floats:
        """Return how far something goes beyond what was expected."""
        return latent - _HIGHER_EXPECTED * self.expectations


_SPECIAL: dict[tuple[str, str], Callable[[Feelings], Floats]] = {
    ("acsi", "expectations"): lambda f: f.expectations,
    ("acsi", "perceived_quality"): lambda f: f.quality,
    ("acsi", "perceived_value"): lambda f: f.value,
    ("acsi", "loyalty"): lambda f: f.loyalty,
    ("recommendation", "recommendation"): lambda f: f.word_of_mouth,
    ("trust", "trust"): lambda f: f.trust,
    ("perceived_value", "benefits"): lambda f: 0.5 * f.value + 0.4 * f.satisfaction,
    ("perceived_value", "costs"): lambda f: -0.7 * f.value,
    ("equity", "distributive"): lambda f: 0.4 * f.value + 0.3 * f.satisfaction,
    ("equity", "procedural"): lambda f: 0.6 * f.satisfaction,
    ("equity", "interactional"): lambda f: 0.4 * f.satisfaction + 0.4 * f._attribute("courtesy"),
    ("exceeding", "value"): lambda f: f.beyond(f.value),
    ("exceeding", "information"): lambda f: f.beyond(f._attribute("information")),
    ("exceeding", "speed"): lambda f: f.beyond(f._attribute("speed")),
    ("exceeding", "personalisation"): lambda f: f.beyond(f._attribute("understanding")),
    ("exceeding", "extras"): lambda f: f.beyond(0.4 * f.satisfaction - 0.5),
    ("exceeding", "convenience"): lambda f: f.beyond(f._attribute("hours")),
    ("loyalty", "attitude"): lambda f: f.loyalty,
    ("loyalty", "behaviour"): lambda f: f.loyalty,
    ("exit", "recovery"): lambda f: 0.7 * f.satisfaction - 0.8,
    ("after_complaint", "interactional"): lambda f: f._attribute("problem_solving"),
    **{
        ("service_gaps", dimension): lambda f: f.satisfaction
        for dimension in dict.fromkeys(driver.dimension for driver in drivers.DRIVERS)
    },
}


def feel(random: np.random.Generator, orders: Orders, contacts: Contacts, responses: Responses) -> Feelings:
    """Return what respondents feel: their quarter, and the event they are asked about."""
    experiences, purchases = orders.history.experiences, orders.history.purchases
    customer, quarter = responses.customer, responses.quarter
    perceptions: Array = experiences.perceptions[customer, quarter].astype(np.float64)
    satisfaction: Array = experiences.satisfaction[customer, quarter].astype(np.float64)

    def colour(rows: Flags, effect: tuple[Floats, float]) -> None:
        perceptions[rows] += effect[0]
        satisfaction[rows] += effect[1]

    about = responses.instrument
    if len(orders):
        purchase = orders.purchase[responses.order]
        bought = about == INSTRUMENTS.index("after_purchase")
        late = purchases.late_days[purchase] > 0
        colour(bought & late, _LATE)
        colour(bought & ~late, _IN_TIME)
        colour(bought & purchases.is_defective[purchase], _DEFECTIVE)
    if len(contacts):
        settled = contacts.is_settled[responses.contact]
        complained = about == INSTRUMENTS.index("after_complaint")
        colour((about == INSTRUMENTS.index("after_contact")) & ~settled, _ANSWERED_BADLY)
        colour(complained & settled, _SETTLED)
        colour(complained & ~settled, _NEGLECTED)
    value = experiences.value[customer, quarter].astype(np.float64)
    return Feelings.of(random, perceptions, experiences.expectations[customer], value, satisfaction)
