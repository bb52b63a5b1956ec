"""A small pipeline, whole: real landing, gate, promotion and release; two statements in place of dbt.

It runs in processes that a fork server makes, into which everything heavy is imported beforehand, so that a
process can be killed and its next run begin within a fraction of a second.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from datetime import date, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

from psycopg import sql

from evergreen import settings as settings_module
from evergreen.loading import gate, landing, promotion
from evergreen.publishing.candidate import SCHEMA, Candidate, building, current, open_candidate, settle
from evergreen.publishing.gates import Check, judge, record_checks
from evergreen.publishing.publish import publish
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Connection, Warehouse
from faults.injection import Fault
from loading.mill import LINES, source

HEADER = "Order,Quantity,Price,Sold,Customer"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["great_expectations", "psycopg2", __name__])

FACT = """
create table if not exists core.sales (
    order_id text, amount numeric, customer_id text, _row_hash uuid, _from_release bigint, _to_release bigint
)
"""
# the rows of raw as the candidate sees them, as staging does
PROMOTED = """
(
    select
        order_id, quantity * price as amount, customer_id,
        md5(concat(_row_hash, customer_id))::uuid as _row_hash
    from raw.mill__lines, (select through_promotion as p from audit.candidate) as candidate
    where _promoted_in <= p and (_superseded_in is null or _superseded_in > p)
)
"""
CLOSE = f"""
update core.sales as old set _to_release = (select release_id from audit.candidate)
where _to_release is null and not exists (select from {PROMOTED} as new where new._row_hash = old._row_hash)
"""
OPEN = f"""
insert into core.sales
select new.*, (select release_id from audit.candidate), null
from {PROMOTED} as new
where not exists (select from core.sales where _to_release is null and sales._row_hash = new._row_hash)
"""
MARTS = {
    "totals": "select count(*) as sales, sum(amount) as amount from core.sales where _to_release is null",
    "customers": "select customer_id, sum(amount) as amount from core.sales "
    "where _to_release is null and customer_id is not null group by 1",
}


FIRST_DAY = date(2026, 1, 1)


def deliver(folder: Path, day: int, rows: int = 400) -> None:
    """Write the file of a day, the first is 1: sales, one of them twice, one with a quantity that is none."""
    on = FIRST_DAY + timedelta(days=day - 1)
    lines = [f"{day}-{n},{n % 7 + 1},{n % 11}.50,{on} 10:00,C{n % 50}" for n in range(rows)]
    lines += [lines[0], f"{day}-bad,many,1,,C1"]
    text = "".join(f"{line}\n" for line in [HEADER, *lines])
    (folder / f"{on}.csv").write_text(text, encoding="utf-8")


def start(home: Path, folder: Path, fault: Fault | None = None) -> BaseProcess:
    """Start a run in a process of its own; a `fault` strikes it on its way."""
    process = _processes.Process(target=_run, args=(str(home), folder, fault))
    main = sys.modules["__main__"]
    with patch.object(main, "__file__", None, create=True), patch.object(main, "__spec__", None):
        process.start()  # without the main module: it would be imported anew in every process
    return process


def run(home: Path, folder: Path, fault: Fault | None = None) -> int:
    """Run to the end, whichever that is; return the exit code."""
    process = start(home, folder, fault)
    process.join(120)
    assert process.exitcode is not None, f"{fault}: the run hangs"
    return process.exitcode


def _run(home: str, folder: Path, fault: Fault | None) -> None:
    os.environ["EVERGREEN_HOME"] = home
    os.environ.pop("EVERGREEN_DATABASE_URL", None)
    settings_module.reset()
    try:
        warehouse = Warehouse.open()
        migrate.apply(warehouse)
        if fault:
            fault.arm()
        load_and_build(warehouse, folder)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def load_and_build(warehouse: Warehouse, folder: Path) -> None:
    """Do what `evergreen run` does."""
    mill = source(LINES)
    landing.land(warehouse, mill, str(folder))
    gate.gate(warehouse, mill)
    promotion.promote(warehouse, mill)
    build_and_publish(warehouse)


def build_and_publish(warehouse: Warehouse) -> None:
    """Build a candidate from raw, judge and publish it, unless nothing is new."""
    opened = open_candidate(warehouse, ["mill"], "configuration")
    candidate = settle(warehouse, opened.release_id, FIRST_DAY)
    if candidate is None:
        return
    with building(warehouse) as connection:
        build(connection, current(connection, candidate.release_id))
        record_checks(connection, candidate.release_id, [Check("amounts_add_up", None, "critical", True)])
    with building(warehouse) as connection:
        judge(connection, current(connection, candidate.release_id))
    publish(warehouse, candidate.release_id)


def build(connection: Connection, candidate: Candidate) -> None:
    """Bring the fact up to date and make the marts, each in a transaction of its own, as dbt does."""
    connection.execute(FACT)
    connection.execute(CLOSE)
    connection.execute(OPEN)
    for name, query in MARTS.items():
        make_mart(connection, candidate, name, query)


def make_mart(connection: Connection, candidate: Candidate, name: str, query: str) -> None:
    place = sql.Identifier(SCHEMA, name)
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {}").format(place))
        connection.execute(sql.SQL("create table {} as {}").format(place, sql.SQL(query)))  # type: ignore[arg-type]
