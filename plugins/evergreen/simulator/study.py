"""The market researcher's study: how people rate the shop and a competitor, and what the staff believes."""

from __future__ import annotations

import numpy as np

from evergreen.simulator import drivers
from evergreen.simulator.answers import Answers, Respondents, answer
from evergreen.simulator.arrays import NONE, Array, Ints, after
from evergreen.simulator.choices import Background
from evergreen.simulator.feelings import Feelings
from evergreen.simulator.invitations import COMPANIES, INSTRUMENTS, ROLES, Responses
from evergreen.simulator.market import ACCOUNT_MANAGER, MANAGER
from evergreen.simulator.world import World

_COMPETITOR = drivers.effects(  # against the shop, as the panel sees them
    presentation=0.5, information=0.4, punctuality=0.35, speed=-0.4, understanding=-0.5
)
_ASKED_EVERY = 4  # quarters: the staff
_STAFF_DAY = 40.0


def make_study(random: np.random.Generator, world: World) -> tuple[Responses, Answers]:
    """Return the study's responses and answers.

    Every quarter a panel that names nobody rates the shop or the competitor. Once a year managers say what
    they believe customers expect (service quality, expectations only), and all staff answer about the gaps.
    """
    calendar = world.calendar
    panel = int(np.clip(40 + world.size // 100, 40, 400))
    parts = []
    for quarter in range(calendar.count_quarters):
        start = float(calendar.quarter_starts[quarter])
        asked = calendar.moments(start + random.uniform(25, 60, panel))
        parts.append(
            _responses(random, "servqual", asked, quarter, company=np.arange(panel) % 2, employee=NONE)
        )
        if quarter % _ASKED_EVERY == 1:
            parts.extend(_staff(random, world, start + _STAFF_DAY, quarter))
    responses = Responses.joined(parts, world.numbers("responses", sum(len(part) for part in parts)))
    answered = np.flatnonzero(~np.isnat(responses.submitted))
    feelings = _feelings(random, responses, answered)
    respondents = Respondents(answered, feelings, Background.unknown(len(answered)))
    answers = answer(random, world.items, responses.instrument[answered], respondents)
    believes = responses.role[answers.response] == ROLES.index("manager")
    is_gap = responses.instrument[answers.response] == INSTRUMENTS.index("service_gaps")
    answers.score = np.where(believes & ~is_gap & (answers.expectation != NONE), NONE, answers.score)
    return responses, answers


def _staff(random: np.random.Generator, world: World, day: float, quarter: int) -> list[Responses]:
    calendar, staff = world.calendar, world.staff
    everyone = np.flatnonzero(world.hired < day)
    manages = np.isin(staff, (MANAGER, ACCOUNT_MANAGER))
    role = np.where(manages, ROLES.index("manager"), ROLES.index("employee"))

    def ask(instrument: str, who: Ints, delay: float) -> Responses:
        asked = calendar.moments(day + delay + random.uniform(0, 5, len(who)))
        return _responses(random, instrument, asked, quarter, company=0, employee=who, role=role[who])

    return [ask("servqual", everyone[manages[everyone]], 0), ask("service_gaps", everyone, 7)]


def _responses(
    random: np.random.Generator, instrument: str, asked: Array, quarter: int, **given: Array | int
) -> Responses:
    """Ask people who mostly answer within a week or so."""
    n = len(asked)
    answered = after(asked, 0.1 + np.minimum(random.exponential(4, n), 20))
    submitted = np.where(random.random(n) < 0.85, answered, np.datetime64("NaT"))
    nobody = np.full(n, NONE)
    return Responses.of(instrument, nobody, invited=asked, submitted=submitted, quarter=quarter, **given)


def _feelings(random: np.random.Generator, responses: Responses, answered: Ints) -> Feelings:
    n, attributes = len(answered), len(drivers.ATTRIBUTES)
    expectations = random.standard_normal(n)
    common = 0.55 * random.standard_normal(n) + 0.25 * expectations
    perceptions = common[:, None] + 0.6 * random.standard_normal((n, attributes))
    rates_other = responses.company[answered] != COMPANIES.index("own")
    perceptions += np.outer(rates_other, _COMPETITOR)
    quality = drivers.quality_of(perceptions)
    value = drivers.value_of(quality, expectations, random.standard_normal(n))
    satisfaction = drivers.satisfaction_of(quality, value, expectations, random.standard_normal(n))
    return Feelings.of(random, perceptions, expectations, value, satisfaction)
