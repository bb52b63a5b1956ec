"""What truly makes customers satisfied: the attributes, their weights, and the chain that follows.

All of it is truth. No model reads it; tests compare what the marts derive from answers with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator.arrays import Floats


@dataclass(frozen=True)
class Driver:
    """An attribute of the service; `kind` says whether weakness costs more than strength gains."""

    attribute: str
    dimension: str
    weight: float
    kind: str = "performance"


DRIVERS = (
    Driver("surroundings", "tangibles", 0.01),
    Driver("presentation", "tangibles", 0.02),
    Driver("punctuality", "reliability", 0.26, "basic"),
    Driver("problem_solving", "reliability", 0.08),
    Driver("accuracy", "reliability", 0.14, "basic"),
    Driver("information", "responsiveness", 0.03),
    Driver("speed", "responsiveness", 0.17),
    Driver("willingness", "responsiveness", 0.06),
    Driver("confidence", "assurance", 0.07),
    Driver("courtesy", "assurance", 0.02),
    Driver("competence", "assurance", 0.04),
    Driver("attention", "empathy", 0.03),
    Driver("understanding", "empathy", 0.06, "excitement"),
    Driver("hours", "empathy", 0.01),
)
ATTRIBUTES = tuple(driver.attribute for driver in DRIVERS)
WEIGHTS: Floats = np.array([driver.weight for driver in DRIVERS])

# How much of a low (below 0) and of a high perception counts, by kind.
_LOW_COUNTS = {"basic": 1.4, "performance": 1.0, "excitement": 0.6}
_LOW: Floats = np.array([_LOW_COUNTS[driver.kind] for driver in DRIVERS])
_HIGH: Floats = 2.0 - _LOW

# The chain, on latent scales of about unit spread: (from, to) -> coefficient. `quality` is the weighted
# sum of the attributes, `expectations` is what a customer brings along.
PATHS = {
    ("expectations", "quality"): 0.35,
    ("expectations", "value"): 0.12,
    ("quality", "value"): 0.50,
    ("expectations", "satisfaction"): 0.05,
    ("quality", "satisfaction"): 0.55,
    ("value", "satisfaction"): 0.35,
    ("satisfaction", "trust"): 0.70,
    ("satisfaction", "loyalty"): 0.50,
    ("trust", "loyalty"): 0.35,
    ("loyalty", "word_of_mouth"): 0.75,
}
_OWN_MIND = {"trust": 0.5, "loyalty": 0.4, "word_of_mouth": 0.4}  # what the chain leaves open


def effects(**on: float) -> Floats:
    """Return a vector over the attributes with the named effects; `all` reaches every attribute."""
    everywhere = on.pop("all", 0.0)
    vector = np.full(len(ATTRIBUTES), everywhere)
    for attribute, effect in on.items():
        vector[ATTRIBUTES.index(attribute)] += effect
    return vector


CENTRE, SPREAD = 62.0, 19.0  # of 100: a latent of 0, and how far one unit moves an answer

# What an event does to perceptions in the quarter it happens; half of it is left a quarter later.
LATE_DELIVERY = effects(punctuality=-1.8, confidence=-0.3, all=-0.25)
DEFECT = effects(accuracy=-1.8, confidence=-0.3, all=-0.2)
COMPLAINT_SETTLED = effects(problem_solving=0.9, speed=0.5, willingness=0.6, all=0.3)
COMPLAINT_NEGLECTED = effects(problem_solving=-1.5, speed=-1.0, willingness=-1.0, all=-0.5)
SLOW_ANSWER = effects(speed=-0.8, information=-0.5, all=-0.1)
LEFT_OVER = 0.5


def quality_of(perceptions: Floats) -> Floats:
    """Return the quality latent of perceptions, shape (customers, attributes) -> (customers,).

    Basic attributes cost more when low than they gain when high, exciting ones the reverse.
    """
    low = np.minimum(perceptions, 0) @ (_LOW * WEIGHTS)
    high = np.maximum(perceptions, 0) @ (_HIGH * WEIGHTS)
    quality: Floats = (low + high) / 0.75
    return quality


def value_of(quality: Floats, expectations: Floats, noise: Floats) -> Floats:
    """Return the perceived value latent; `noise` is standard normal."""
    direct = PATHS["expectations", "value"] * expectations
    return PATHS["quality", "value"] * quality + direct + 0.6 * noise


def satisfaction_of(quality: Floats, value: Floats, expectations: Floats, noise: Floats) -> Floats:
    """Return the satisfaction latent, about standard normal; `noise` is standard normal."""
    return (
        PATHS["quality", "satisfaction"] * quality
        + PATHS["value", "satisfaction"] * value
        + PATHS["expectations", "satisfaction"] * expectations
        + 0.25 * noise
    )


def in_percent(satisfaction: Floats) -> Floats:
    """Return satisfaction on the scale 0–100 on which truth is told and answers are spread."""
    return np.clip(CENTRE + SPREAD * satisfaction, 0, 100)


def consequence(random: np.random.Generator, effect: str, **causes: Floats) -> Floats:
    """Return a latent at the end of the chain from its causes: trust, loyalty or word of mouth."""
    size = len(next(iter(causes.values())))
    follows = np.sum([PATHS[cause, effect] * latent for cause, latent in causes.items()], axis=0)
    return np.asarray(follows + _OWN_MIND[effect] * random.standard_normal(size), dtype=np.float64)
