"""Whatever the order and grouping in which files come, raw ends in the same current rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evergreen.loading import gate, readmission
from evergreen.loading.judge import Verdict
from evergreen.loading.suites import Suite
from evergreen.warehouse.connections import Warehouse
from loading.mill import KEYED, Mill

KEYS = st.sampled_from(["O1", "O2", "O3", "O4"])
DAYS = st.integers(1, 5)

orders = st.lists(
    st.tuples(KEYS, st.sampled_from("abc"), st.one_of(st.just(""), DAYS.map("2026-01-0{}".format))),
    max_size=5,
)
lines = st.lists(st.tuples(KEYS, st.integers(1, 2), st.sampled_from(["P1", "P2"])), max_size=4)


def reset(mill: Mill) -> None:
    """Forget everything that was loaded."""
    with mill.warehouse.connect("admin", autocommit=True) as admin:
        admin.execute("alter table audit.load_batches disable trigger user")
        for schema, table in admin.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('landing', 'raw') or "
            "schemaname = 'quarantine' or "
            "tablename in ('load_batches', 'promotions', 'gate_results', 'quarantine_decisions')"
        ).fetchall():
            admin.execute(f"truncate {schema}.{table} cascade")
        admin.execute("alter table audit.load_batches enable trigger user")
    for path in mill.folder.iterdir():
        path.unlink()


def deliver(mill: Mill, table: str, day: int, header: str, rows: list[tuple[object, ...]]) -> None:
    mill.deliver(f"{table}-2026-02-0{day}.csv", header, *(",".join(map(str, row)) for row in rows))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(), files=st.lists(orders, min_size=2, max_size=4), cuts=st.lists(st.booleans(), min_size=4)
)
def test_versions_of_a_key_come_in_any_order(
    easy: Mill, data: st.DataObject, files: list[list[tuple[object, ...]]], cuts: list[bool]
) -> None:
    easy.define(KEYED)
    header = "order_id,customer_id,changed_at"
    numbered = list(enumerate(files, start=1))
    wanted = "order_id, customer_id, changed_at, _row_hash, _delivered_on"
    easy.define(KEYED.replace("      amount: numeric\n", ""))

    reset(easy)
    for day, rows in numbered:
        deliver(easy, "orders", day, header, rows)
    easy.load()
    together = easy.current("orders", wanted)

    reset(easy)
    for position, (day, rows) in enumerate(data.draw(st.permutations(numbered))):
        deliver(easy, "orders", day, header, rows)
        if cuts[position]:
            easy.load()
    easy.load()

    assert easy.current("orders", wanted) == together


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), cuts=st.lists(st.booleans(), min_size=8, max_size=8))
@pytest.mark.parametrize("whole_rows", [False, True])
def test_redelivered_files_come_in_any_order(
    easy: Mill, whole_rows: bool, data: st.DataObject, cuts: list[bool]
) -> None:
    """Each file has a history of deliveries; only its last one counts, whatever happens between."""
    header = "order_id,line,product"
    easy.define(KEYED, **({"key": "all", "duplicates": "keep"} if whole_rows else {}))
    histories = {day: data.draw(st.lists(lines, min_size=1, max_size=3)) for day in (1, 2, 3)}
    wanted = "order_id, line, product"

    reset(easy)
    for day, deliveries in histories.items():
        deliver(easy, "lines", day, header, deliveries[-1])
    easy.load()
    from_scratch = easy.current("lines", wanted)

    reset(easy)
    waiting = {day: list(deliveries) for day, deliveries in histories.items()}
    step = 0
    while waiting:
        day = data.draw(st.sampled_from(sorted(waiting)))
        deliver(easy, "lines", day, header, waiting[day].pop(0))
        Path(easy.folder / f"lines-2026-02-0{day}.csv").touch()
        easy.land()
        if not waiting[day]:
            del waiting[day]
        if cuts[step % len(cuts)]:
            easy.load()
        step += 1
    easy.load()

    assert easy.current("lines", wanted) == from_scratch


class MoodyJudge:
    """Holds back what names product or customer `b`, for as long as it is strict."""

    is_strict = True

    def __init__(self, warehouse: Warehouse) -> None: ...

    def validate(self, suite: Suite) -> list[Verdict]:
        verdicts = [Verdict(rule, True, None) for rule in suite.rules]
        if self.is_strict and suite.table.name != "customers":
            named = {"orders": "customer_id", "lines": "product"}[suite.table.name]
            typed = f"landing.mill__{suite.table.name}__typed"
            query = f"select _batch_id, _line_number from {typed} where {named} in ('b', 'P2')"
            verdicts[0] = Verdict(suite.rules[0], False, query)
        return verdicts

    def close(self) -> None: ...


def readmit_all(mill: Mill) -> None:
    for (batch,) in mill.rows("select batch_id from audit.held_back where waiting > 0 order by random()"):
        readmission.readmit(mill.warehouse, mill.source, batch)
    mill.gate()
    mill.promote()


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    files=st.lists(st.tuples(orders, lines), min_size=2, max_size=4),
    relents_at=st.integers(0, 4),
    cuts=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_rows_that_were_held_back_end_where_they_would_have_been(
    mill: Mill,
    monkeypatch: pytest.MonkeyPatch,
    data: st.DataObject,
    files: list[tuple[list[tuple[object, ...]], list[tuple[object, ...]]]],
    relents_at: int,
    cuts: list[bool],
) -> None:
    """Some rows are held back, let in later, or delivered again before; the end is that of one sound load."""
    mill.define(KEYED.replace("      amount: numeric\n", ""))
    monkeypatch.setattr(gate, "Judge", MoodyJudge)
    headers = {"orders": "order_id,customer_id,changed_at", "lines": "order_id,line,product"}
    wanted = {
        "orders": "order_id, customer_id, changed_at, _delivered_on",
        "lines": "order_id, line, product",
    }
    todo = [
        (table, day, rows)
        for day, both in enumerate(files, start=1)
        for table, rows in zip(headers, both, strict=True)
    ]

    monkeypatch.setattr(MoodyJudge, "is_strict", False)
    reset(mill)
    for table, day, rows in todo:
        deliver(mill, table, day, headers[table], rows)
    mill.load()
    sound = {table: mill.current(table, wanted[table]) for table in headers}

    reset(mill)
    for position, (table, day, rows) in enumerate(data.draw(st.permutations(todo))):
        monkeypatch.setattr(MoodyJudge, "is_strict", position < relents_at)
        deliver(mill, table, day, headers[table], rows)
        if cuts[position]:
            mill.load()
        if position == relents_at and cuts[-1]:
            readmit_all(mill)
    monkeypatch.setattr(MoodyJudge, "is_strict", False)
    mill.load()
    readmit_all(mill)

    assert {table: mill.current(table, wanted[table]) for table in headers} == sound
    assert mill.unbalanced() == []
