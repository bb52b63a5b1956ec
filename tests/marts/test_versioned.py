"""Facts grown release by release equal facts built from nothing, whatever happened on the way."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from conftest import OtherWorlds
from histories import History
from world import FACT_KEYS, FACTS, World

from evergreen.publishing.publish import publish, rollback


def built_from_nothing(world: World, worlds: OtherWorlds, as_of: object) -> World:
    """Return a second world that got everything at once and was built once."""
    other = worlds.make()
    other.promote((entity, key, row) for entity, rows in world.rows.items() for key, row in rows.items())
    other.release(as_of)  # type: ignore[arg-type]
    return other


def assert_equal_facts(world: World, other: World, when: str) -> None:
    for fact in FACT_KEYS:
        assert world.dump(fact) == other.dump(fact), f"{fact} {when}"


# more of them when the way facts grow has been changed
HISTORIES = int(os.environ.get("EVERGREEN_TEST_HISTORIES", "2"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, HISTORIES + 1))
def test_grown_facts_equal_facts_built_from_nothing(seed: int, world: World, other_worlds: OtherWorlds) -> None:
    history = History(world, seed)
    world.promote(history.first())
    world.release(history.today)

    for step in range(6):
        before = {fact: world.dump(fact) for fact in FACT_KEYS}
        for _ in range(history.random.choice([1, 2])):
            world.promote(history.some(history.random.choice([1, 3, 12])))
        history.today += timedelta(days=history.random.choice([0, 1, 3]))

        if step == 2:  # built, not published: the next candidate undoes it
            world.build(world.open(history.today), FACTS)
        if step == 3:  # a build of everything finds the differences itself
            world.release(history.today, full_refresh=True)
        else:
            candidate = world.open(history.today)
            assert not candidate.is_full
            world.build(candidate, FACTS)
            if step == 1:  # the task is repeated
                world.build(candidate, FACTS)
            publish(world.warehouse, candidate.release_id)

        other = built_from_nothing(world, other_worlds, history.today)
        assert_equal_facts(world, other, f"in step {step}")
        assert [world.dump_release(fact) for fact in FACT_KEYS] == [
            other.dump_release(fact) for fact in FACT_KEYS
        ]

        if step == 4:  # readers get what they had, and the next build starts from there
            rollback(world.warehouse)
            assert {fact: world.dump_release(fact) for fact in FACT_KEYS} == before
